/*
 * What a bare-metal guest has instead of a C library
 *
 * Report (report.h) over the first serial port, time from the TSC, port I/O, and
 * the end through isa-debug-exit.  Interrupts are in irq.h, PCI in pci.h, the
 * device in irqtest.h.
 *
 * A case is one file with a case_main().  KVM may have to emulate every
 * instruction of the guest (half a microsecond each), so a case counts its
 * accesses, and nothing here assumes a speed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_RUNTIME_H
#define GUEST_RUNTIME_H

#include "report.h"

/* ---- time ---------------------------------------------------------------- */

static inline uint64_t tsc(void)
{
    uint32_t low, high;

    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((uint64_t)high << 32) | low;
}

/** tsc_of_ms() - so many milliseconds in units of the TSC */
uint64_t tsc_of_ms(uint32_t ms);

/** ms_of_tsc() - and back; there is no 64-bit division in here */
uint32_t ms_of_tsc(uint64_t cycles);

/**
 * struct patience - how long was waited for something
 *
 * Time, but hardly any of it while the host ran neither this processor nor,
 * maybe, whoever was to bring it about.
 */
struct patience {
    uint64_t last;
    uint64_t spent;
};

/** patience_spent() - cycles so far; to be asked often */
uint64_t patience_spent(struct patience *patience);

/** wait_until() - poll @condition(@opaque) for at most @ms of patience */
bool wait_until(bool (*condition)(unsigned opaque), unsigned opaque,
                uint32_t ms);

/* ---- ports --------------------------------------------------------------- */

static inline void outb(uint16_t port, uint8_t value)
{
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t value)
{
    asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;

    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t inl(uint16_t port)
{
    uint32_t value;

    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* ---- memory-mapped registers --------------------------------------------- */

static inline uint32_t read32(uintptr_t address)
{
    return *(volatile uint32_t *)address;
}

static inline void write32(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

#endif /* GUEST_RUNTIME_H */
