/*
 * Hypercalls of PAPR, and RTAS
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_HCALL_H
#define GUEST_HCALL_H

#include <stdint.h>

#define H_PUT_TERM_CHAR         0x058
#define H_EOI                   0x064
#define H_CPPR                  0x068
#define H_XIRR                  0x074
#define H_REGISTER_PROC_TBL     0x37c
#define H_INT_GET_SOURCE_INFO   0x3a8
#define H_INT_SET_SOURCE_CONFIG 0x3ac
#define H_INT_SET_QUEUE_CONFIG  0x3b8
#define H_INT_ESB               0x3c8
#define H_INT_RESET             0x3d0
/* QEMU's own: what the RTAS that its firmware installs calls */
#define H_RTAS                  0xf000

#define H_ARGS                  8

/** hcall() - returns the status; @args are replaced by the results */
uint64_t hcall(uint64_t number, uint64_t args[H_ARGS]);

/** hcall_must() - likewise, and gives up if the status is not "success" */
void hcall_must(const char *name, uint64_t number, uint64_t args[H_ARGS]);

#define HCALL_MUST(number, ...) \
    hcall_must(#number, number, (uint64_t[H_ARGS]) { __VA_ARGS__ })

/**
 * rtas_find() - learn the tokens while the firmware can still be asked
 *
 * Before anything else here.
 */
void rtas_find(void);

/** What the guest calls; the device tree has a token for each */
enum rtas_service {
    RTAS_READ_CONFIG,
    RTAS_WRITE_CONFIG,
    RTAS_SET_XIVE,
    RTAS_INT_OFF,
    RTAS_INT_ON,
    RTAS_POWER_OFF,
    RTAS_SERVICES,
};

/**
 * rtas() - returns the status
 * @args: in, @inputs of them
 * @value: out, the second result; NULL if there is none
 */
int32_t rtas(enum rtas_service service, unsigned inputs, const uint32_t *args,
             uint32_t *value);

#endif /* GUEST_HCALL_H */
