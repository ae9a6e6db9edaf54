/*
 * What boot.S and the C code have of each other
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_BOOT_H
#define GUEST_BOOT_H

#include <stdint.h>

/** runtime_start() - the C code begins; @firmware is its client interface */
void runtime_start(uint64_t firmware);

/** irq_exception() - the exception @vector has interrupted the code at @where */
void irq_exception(uint64_t vector, uint64_t where);

/** prom_enter() - call the firmware at @entry */
void prom_enter(void *args, uint64_t entry);

/* To be copied to each vector, and the vector to be put into one of them */
extern const uint32_t exception_stub[], exception_stub_end[];

#endif /* GUEST_BOOT_H */
