/*
 * The properties of vfio-pci that choose how interrupts are handled
 *
 * Their defaults are right for everyone; the properties are for diagnosis.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/util.h"
#include "qapi/visitor.h"
#include "pci-irq-compat.h"
#include "pci-irq-properties.h"

static const char *const vfio_msix_mask_names[] = {
    [VFIO_MSIX_MASK_AUTO] = "auto",
    [VFIO_MSIX_MASK_IRQFD] = "irqfd",
    [VFIO_MSIX_MASK_SWAP] = "swap",
};

static const QEnumLookup vfio_msix_mask_lookup = {
    .array = vfio_msix_mask_names,
    .size = ARRAY_SIZE(vfio_msix_mask_names),
};

static const char *const vfio_intx_resample_names[] = {
    [VFIO_INTX_RESAMPLE_AUTO] = "auto",
    [VFIO_INTX_RESAMPLE_KVM] = "kvm",
    [VFIO_INTX_RESAMPLE_EOI] = "eoi",
    [VFIO_INTX_RESAMPLE_BAR] = "bar",
};

const QEnumLookup vfio_intx_resample_lookup = {
    .array = vfio_intx_resample_names,
    .size = ARRAY_SIZE(vfio_intx_resample_names),
};

/* A property is one enum in VFIOPCIIRQProperties. */
typedef struct VFIOPCIIRQProperty {
    const char *name;
    const char *type;
    const char *description;
    const QEnumLookup *lookup;
    int default_value;
    size_t offset;
} VFIOPCIIRQProperty;

static const VFIOPCIIRQProperty vfio_pci_irq_properties[] = {
    {
        .name = "x-irq-reinject",
        .type = "OnOffAuto",
        .description = "Inject an MSI-X interrupt after VFIO replaced the "
                       "eventfd of a live vector, as the kernel may have lost "
                       "one (auto: on for kernel VFIO) (DEBUG)",
        .lookup = &OnOffAuto_lookup,
        .default_value = ON_OFF_AUTO_AUTO,
        .offset = offsetof(VFIOPCIIRQProperties, irq_reinject),
    }, {
        .name = "x-msix-mask",
        .type = "VFIOMSIXMask",
        .description = "How an MSI-X vector is masked: irqfd takes its eventfd "
                       "from KVM, swap gives VFIO another one (auto: irqfd) "
                       "(DEBUG)",
        .lookup = &vfio_msix_mask_lookup,
        .default_value = VFIO_MSIX_MASK_AUTO,
        .offset = offsetof(VFIOPCIIRQProperties, msix_mask),
    }, {
        .name = "x-intx-resample",
        .type = "VFIOINTxResample",
        .description = "How the end of an INTx interrupt is learnt: kvm by a "
                       "resample irqfd, eoi from the interrupt controller, bar "
                       "by trapping the BARs (auto: the first of these that "
                       "works) (DEBUG)",
        .lookup = &vfio_intx_resample_lookup,
        .default_value = VFIO_INTX_RESAMPLE_AUTO,
        .offset = offsetof(VFIOPCIIRQProperties, intx_resample),
    }, {
        .name = "x-intx-rearm",
        .type = "OnOffAuto",
        .description = "Disable and enable the host's INTx at each EOI, for "
                       "devices that cannot mask it (auto: on POWER hosts whose "
                       "kernel is known to lose their interrupts) (DEBUG)",
        .lookup = &OnOffAuto_lookup,
        .default_value = ON_OFF_AUTO_AUTO,
        .offset = offsetof(VFIOPCIIRQProperties, intx_rearm),
    },
};

static int *irq_property_value(Object *obj, const VFIOPCIIRQProperty *prop)
{
    VFIOPCIDevice *vdev = VFIO_PCI_DEVICE(obj);

    return (int *)((char *)&vdev->irq_properties + prop->offset);
}

static void irq_property_get(Object *obj, Visitor *v, const char *name,
                             void *opaque, Error **errp)
{
    const VFIOPCIIRQProperty *prop = opaque;
    int value = *irq_property_value(obj, prop);

    visit_type_enum(v, name, &value, prop->lookup, errp);
}

static void irq_property_set(Object *obj, Visitor *v, const char *name,
                             void *opaque, Error **errp)
{
    const VFIOPCIIRQProperty *prop = opaque;
    int value;

    if (DEVICE(obj)->realized) {
        error_setg(errp, "%s cannot be changed once the device is there", name);
        return;
    }
    if (visit_type_enum(v, name, &value, prop->lookup, errp)) {
        *irq_property_value(obj, prop) = value;
    }
}

void vfio_pci_irq_class_init(ObjectClass *klass)
{
    for (int i = 0; i < ARRAY_SIZE(vfio_pci_irq_properties); i++) {
        const VFIOPCIIRQProperty *prop = &vfio_pci_irq_properties[i];
        ObjectProperty *op;

        op = object_class_property_add(klass, prop->name, prop->type,
                                       irq_property_get, irq_property_set,
                                       NULL, (void *)prop);
        object_property_set_default_str(op,
                                        qapi_enum_lookup(prop->lookup,
                                                         prop->default_value));
        object_class_property_set_description(klass, prop->name,
                                              prop->description);
    }
}
