/*
 * Hypercalls that must succeed, and RTAS
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hcall.h"
#include "prom.h"
#include "runtime.h"

#define RTAS_MAX_ARGS   8

static const char *const names[RTAS_SERVICES] = {
    [RTAS_READ_CONFIG] = "ibm,read-pci-config",
    [RTAS_WRITE_CONFIG] = "ibm,write-pci-config",
    [RTAS_SET_XIVE] = "ibm,set-xive",
    [RTAS_INT_OFF] = "ibm,int-off",
    [RTAS_INT_ON] = "ibm,int-on",
    [RTAS_POWER_OFF] = "power-off",
};

static uint32_t tokens[RTAS_SERVICES];

void hcall_must(const char *name, uint64_t number, uint64_t args[H_ARGS])
{
    uint64_t status = hcall(number, args);

    if (status) {
        give_up("%s: status -%u", name, (uint32_t)-status);
    }
}

void rtas_find(void)
{
    uint32_t node = prom_find("/rtas");

    for (unsigned i = 0; i < RTAS_SERVICES; i++) {
        /* The machine has no XICS, no tokens of it: see irq.c */
        prom_property(node, names[i], &tokens[i], sizeof(tokens[i]));
    }
}

int32_t rtas(enum rtas_service service, unsigned inputs, const uint32_t *args,
             uint32_t *value)
{
    /* in real memory below 4 GiB, which the image is */
    static struct {
        uint32_t token, inputs, outputs;
        uint32_t args[RTAS_MAX_ARGS];
    } call;
    bool interrupts = irq_save();
    int32_t status;

    if (!tokens[service]) {
        give_up("the device tree has no RTAS service %s", names[service]);
    }
    call.token = tokens[service];
    call.inputs = inputs;
    call.outputs = value ? 2 : 1;
    for (unsigned i = 0; i < inputs; i++) {
        call.args[i] = args[i];
    }
    HCALL_MUST(H_RTAS, (uintptr_t)&call);
    status = call.args[inputs];
    if (value) {
        *value = call.args[inputs + 1];
    }
    irq_restore(interrupts);
    return status;
}
