/*
 * Driver of the test function
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "irqtest.h"

#define TIMEOUT_MS      500
#define SETTLE_MS       30
#define WARM_UP         10      /* more than QEMU takes before KVM does */
#define WARM_UP_MS      10000   /* whatever else the host is doing */

uintptr_t irqtest_regs;
struct msix irqtest_msix;
unsigned irqtest_vectors;
struct irqtest_count irqtest_count[IRQTEST_MAX_VECTORS];

void irqtest_open(void)
{
    pci_bdf bdf;

    if (!pci_find(IRQTEST_VENDOR_ID, IRQTEST_DEVICE_ID, &bdf)) {
        give_up("no device %x:%x: start QEMU with \"vfio-host run\"",
                IRQTEST_VENDOR_ID, IRQTEST_DEVICE_ID);
    }
    irqtest_regs = pci_bar(bdf, 0);
    if (!msix_open(&irqtest_msix, bdf)) {
        give_up("the device has no MSI-X");
    }
    pci_enable(bdf);
    if (irqtest_read(IRQTEST_ID) != IRQTEST_ID_VALUE) {
        give_up("the device's ID register reads %x",
                irqtest_read(IRQTEST_ID));
    }
    irqtest_vectors = irqtest_msix.vectors;
    if (irqtest_vectors > IRQTEST_MAX_VECTORS) {
        irqtest_vectors = IRQTEST_MAX_VECTORS;
    }
    msix_control(&irqtest_msix, false, false);
    for (unsigned v = 0; v < irqtest_vectors; v++) {
        msix_mask(&irqtest_msix, v);
    }
    irqtest_write(IRQTEST_CLEAR, 1);
    irqtest_write(IRQTEST_CONTROL, IRQTEST_CONTROL_BUSY);
}

static void count(unsigned idt_vector)
{
    unsigned vector = idt_vector - IRQ_FIRST;

    if (vector >= irqtest_vectors) {
        give_up("interrupt on vector %x that nobody asked for", idt_vector);
    }
    if (irqtest_acknowledge(vector)) {
        irqtest_count[vector].delivered++;
    } else {
        irqtest_count[vector].spurious++;
    }
}

void irqtest_start(void)
{
    irqtest_open();
    irq_start(count);
    for (unsigned v = 0; v < irqtest_vectors; v++) {
        msix_message(&irqtest_msix, v, IRQ_FIRST + v);
    }
    msix_control(&irqtest_msix, true, false);
    irq_on();
}

bool irqtest_acknowledge(unsigned vector)
{
    bool busy = irqtest_busy(vector);

    if (busy) {
        irqtest_write(IRQTEST_ACK, vector);
    }
    return busy;
}

static bool idle(unsigned vector)
{
    return !irqtest_busy(vector);
}

bool irqtest_delivered(unsigned vector)
{
    bool lost;

    if (wait_until(idle, vector, param("timeout", TIMEOUT_MS))) {
        return true;
    }
    irq_off();
    lost = irqtest_acknowledge(vector);
    irq_on();
    return !lost;
}

static bool pending(unsigned vector)
{
    return msix_pending(&irqtest_msix, vector);
}

static bool not_pending(unsigned vector)
{
    return !msix_pending(&irqtest_msix, vector);
}

bool irqtest_pending(unsigned vector, bool set)
{
    return wait_until(set ? pending : not_pending, vector,
                      param("timeout", TIMEOUT_MS));
}

static bool never(unsigned opaque)
{
    (void)opaque;
    return false;
}

void irqtest_settle(void)
{
    wait_until(never, 0, SETTLE_MS);
}

void irqtest_warm_up(unsigned vector, unsigned idt_vector)
{
    irq_off();
    for (unsigned i = 0; i < WARM_UP; i++) {
        irqtest_raise(vector);
        if (!wait_until(irq_requested, idt_vector, WARM_UP_MS)) {
            give_up("no interrupt of vector %u on %x", vector, idt_vector);
        }
        irq_drain(idt_vector);
    }
}

uint32_t irqtest_spurious(void)
{
    uint32_t sum = 0;

    for (unsigned v = 0; v < irqtest_vectors; v++) {
        sum += irqtest_count[v].spurious;
    }
    return sum;
}

void irqtest_check_rounds(const char *name, unsigned lost, unsigned of)
{
    check(!lost, "%s is delivered: lost %u of %u", name, lost, of);
    say("result: lost=%u of=%u\n", lost, of);
}

void irqtest_check_spurious(void)
{
    uint32_t swaps = irqtest_read(IRQTEST_SWAPS);

    check(irqtest_spurious() <= swaps,
          "at most one spurious interrupt a swap: %u, swaps %u",
          irqtest_spurious(), swaps);
}
