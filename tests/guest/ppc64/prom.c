/*
 * The firmware's client interface
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdarg.h>
#include "boot.h"
#include "prom.h"
#include "runtime.h"

#define PROM_MAX_ARGS   6
#define PROM_NONE       UINT32_MAX

static uint64_t prom_entry;

void prom_start(uint64_t entry)
{
    prom_entry = entry;
}

static uint32_t prom_call(const char *service, unsigned inputs, ...)
{
    /* in real memory below 4 GiB, which the image is */
    static struct {
        uint32_t service, inputs, outputs;
        uint32_t args[PROM_MAX_ARGS];
    } call;
    va_list args;

    call.service = (uintptr_t)service;
    call.inputs = inputs;
    call.outputs = 1;
    va_start(args, inputs);
    for (unsigned i = 0; i < inputs; i++) {
        call.args[i] = va_arg(args, uint64_t);
    }
    va_end(args);
    call.args[inputs] = PROM_NONE;
    prom_enter(&call, prom_entry);
    return call.args[inputs];
}

uint32_t prom_find(const char *path)
{
    uint32_t node = prom_call("finddevice", 1, (uintptr_t)path);

    return node == PROM_NONE ? 0 : node;
}

int32_t prom_property(uint32_t node, const char *name, void *buffer,
                      uint32_t size)
{
    return prom_call("getprop", 4, (uint64_t)node, (uintptr_t)name,
                     (uintptr_t)buffer, (uint64_t)size);
}

/* ---- client architecture support (PAPR) ---------------------------------- */

#define SUPPORT_INTERRUPTS  23      /* bytes of option vector 5, from 1 */
#define SUPPORT_MMU         24
#define SUPPORT_RADIX       26
#define XIVE_EXPLOITATION   0x40
#define XIVE_OR_XICS        0x80
#define RADIX               0x40
#define RADIX_SHOOTDOWN     0x40
#define ISA_3_00            0x80    /* byte 3 of option vector 1 */

/* A vector is preceded by its length less 1, and an empty one has a byte too */
static struct {
    uint32_t any_processor[2], end_of_processors[2];
    uint8_t vectors;
    uint8_t length_1, vector_1[3];
    uint8_t empty_2_to_4[3][2];
    uint8_t length_5, vector_5[26];
} __attribute__((packed, aligned(4))) support = {
    .end_of_processors = { 0, UINT32_MAX },
    .vectors = 5 - 1,
    .length_1 = 3 - 1,
    .vector_1 = { 0, 0, ISA_3_00 },
    .length_5 = 26 - 1,
    .vector_5 = {
        [SUPPORT_MMU - 1] = RADIX,
        [SUPPORT_RADIX - 1] = RADIX_SHOOTDOWN,
    },
};

static uint8_t offered(uint8_t byte)
{
    static uint8_t pairs[16];
    int32_t length = prom_property(prom_find("/chosen"),
                                   "ibm,arch-vec-5-platform-support", pairs,
                                   sizeof(pairs));

    for (int32_t i = 0; i + 1 < length; i += 2) {
        if (pairs[i] == byte) {
            return pairs[i + 1];
        }
    }
    return 0;
}

void prom_negotiate(void)
{
    static const char method[] = "ibm,client-architecture-support";
    uint8_t interrupts = offered(SUPPORT_INTERRUPTS);
    uint32_t root, status;

    if (interrupts == XIVE_EXPLOITATION ||
        (interrupts == XIVE_OR_XICS && !param("xics", 0))) {
        support.vector_5[SUPPORT_INTERRUPTS - 1] = XIVE_EXPLOITATION;
    }
    root = prom_call("open", 1, (uintptr_t)"/");
    status = prom_call("call-method", 3, (uintptr_t)method, (uint64_t)root,
                       (uintptr_t)&support);
    if (status) {
        give_up("%s: status %x", method, status);
    }
}

/* ---- the device tree ----------------------------------------------------- */

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool has_word(const char *list, int32_t length, const char *word)
{
    while (length > 0) {
        if (same(list, word)) {
            return true;
        }
        while (length-- > 0 && *list++) {
            continue;
        }
    }
    return false;
}

uint32_t prom_find_compatible(const char *word)
{
    static char list[128];
    uint32_t node = prom_call("child", 1, (uint64_t)prom_find("/"));

    while (node && node != PROM_NONE) {
        /* the last byte stays zero */
        int32_t length = prom_property(node, "compatible", list,
                                       sizeof(list) - 1);

        if (has_word(list, length, word)) {
            return node;
        }
        node = prom_call("peer", 1, (uint64_t)node);
    }
    return 0;
}

uint32_t prom_console(void)
{
    static uint32_t instance, unit;

    prom_property(prom_find("/chosen"), "stdout", &instance, sizeof(instance));
    prom_property(prom_call("instance-to-package", 1, (uint64_t)instance),
                  "reg", &unit, sizeof(unit));
    return unit;
}
