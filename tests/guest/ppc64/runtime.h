/*
 * What a bare-metal pseries guest has instead of a C library
 *
 * Report (report.h) by H_PUT_TERM_CHAR, time from the timebase, registers of
 * devices, and the end by RTAS.  A machine that powers off has no exit status
 * to give, so the verdict is the last line on the console.  Interrupts are in
 * irq.h, the device in intxtest.h.
 *
 * A case is one file with a case_main().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_RUNTIME_H
#define GUEST_RUNTIME_H

#include "report.h"

/* ---- processor ----------------------------------------------------------- */

#define MSR_DR          0x10u
#define MSR_IR          0x20u
#define MSR_EE          0x8000u

static inline uint64_t msr_read(void)
{
    uint64_t msr;

    asm volatile("mfmsr %0" : "=r"(msr));
    return msr;
}

static inline void msr_write(uint64_t msr)
{
    asm volatile("mtmsrd %0; isync" : : "r"(msr) : "memory");
}

static inline void irq_on(void)
{
    msr_write(msr_read() | MSR_EE);
}

/** irq_save() - interrupts off; returns whether they were on */
static inline bool irq_save(void)
{
    uint64_t msr = msr_read();

    msr_write(msr & ~(uint64_t)MSR_EE);
    return msr & MSR_EE;
}

static inline void irq_restore(bool on)
{
    if (on) {
        irq_on();
    }
}

/* ---- time ---------------------------------------------------------------- */

static inline uint64_t timebase(void)
{
    uint64_t now;

    asm volatile("mftb %0" : "=r"(now));
    return now;
}

/** timebase_of_ms() - so many milliseconds in ticks of the timebase */
uint64_t timebase_of_ms(uint32_t ms);

/** ms_of_timebase() - and back */
uint32_t ms_of_timebase(uint64_t ticks);

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

/** patience_spent() - ticks so far; to be asked often */
uint64_t patience_spent(struct patience *patience);

/** wait_until() - poll @condition(@opaque) for at most @ms of patience */
bool wait_until(bool (*condition)(unsigned opaque), unsigned opaque,
                uint32_t ms);

/** pause_ms() - do nothing, with interrupts as they are */
void pause_ms(uint32_t ms);

/* ---- memory-mapped registers --------------------------------------------- */

/* PCI is little-endian */
static inline uint32_t read32(uintptr_t address)
{
    uint32_t value;

    asm volatile("lwbrx %0,0,%1; sync" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void write32(uintptr_t address, uint32_t value)
{
    asm volatile("sync; stwbrx %0,0,%1" : : "r"(value), "r"(address) :
                 "memory");
}

/* The interrupt controller is big-endian, as we are */
static inline uint64_t read64_be(uintptr_t address)
{
    uint64_t value = *(volatile uint64_t *)address;

    asm volatile("sync" : : : "memory");
    return value;
}

static inline void write64_be(uintptr_t address, uint64_t value)
{
    asm volatile("sync" : : : "memory");
    *(volatile uint64_t *)address = value;
}

#endif /* GUEST_RUNTIME_H */
