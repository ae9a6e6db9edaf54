/*
 * The test function's INTx line, as a driver sees it
 *
 * One device, one line, so the state is global.  The device numbers its
 * assertions; an interrupt that finds a new number was raised by the device
 * (delivered), one that finds the line high with the number it had before is a
 * repetition, and one that finds nothing is spurious.  A guest that gets too
 * many of these in a row masks the line, as Linux does ("nobody cared").
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_INTXTEST_H
#define GUEST_INTXTEST_H

#include "irq.h"
#include "pci.h"
#include "vfio-host-regs.h"

/** Where the driver looks at the device and acknowledges */
enum intxtest_way {
    INTXTEST_CONFIG,        /* configuration space: no BAR is touched */
    INTXTEST_REGISTERS,     /* BAR 0, which QEMU never maps */
    INTXTEST_MEMORY,        /* BAR 4, which it maps when it can */
};

struct intxtest_counts {
    volatile uint32_t delivered;
    volatile uint32_t repeated;
    volatile uint32_t spurious;
    uint32_t lost;              /* by intxtest_delivered() */
    volatile bool nobody_cared; /* masked for good */
};

extern struct intxtest_counts intxtest;
extern pci_bdf intxtest_bdf;

/**
 * intxtest_start() - find the device, take its interrupts
 * @handler: NULL for intxtest_take()
 *
 * Touches no BAR if @way is INTXTEST_CONFIG.
 */
void intxtest_start(enum intxtest_way way, void (*handler)(void));

/** intxtest_is_new() - the device has raised its line since the last look */
bool intxtest_is_new(void);

/** What an interrupt was; counts it */
enum intxtest_kind {
    INTXTEST_DELIVERED,
    INTXTEST_REPEATED,
    INTXTEST_SPURIOUS,
};
enum intxtest_kind intxtest_look(void);

/** intxtest_acknowledge() - the line falls, if the device has it high */
void intxtest_acknowledge(void);

/** intxtest_take() - look, and acknowledge what was delivered */
void intxtest_take(void);

/** intxtest_raise() - by configuration space */
void intxtest_raise(void);
bool intxtest_is_high(void);

/** intxtest_sequence() - assertions so far, by the way of the driver */
uint32_t intxtest_sequence(void);

/** intxtest_capability() - a word of the vendor-specific capability */
uint32_t intxtest_capability(unsigned offset);
void intxtest_capability_write(unsigned offset, uint32_t value);

/** intxtest_register() - one of BAR 0, which touches the BAR */
uint32_t intxtest_register(unsigned offset);
void intxtest_register_write(unsigned offset, uint32_t value);

/** intxtest_memory() - address in BAR 4 */
uintptr_t intxtest_memory(unsigned offset);

/** What QEMU has trapped of BARs; zero unless "vfio-host run --count-bars" */
struct intxtest_trapped {
    uint32_t reads, writes;
    bool counted;
};

/** intxtest_trapped() - so far, without the reads that this takes */
struct intxtest_trapped intxtest_trapped(void);

/**
 * intxtest_delivered() - wait until interrupt number @count has come
 *
 * If it does not come the line is lowered and it is counted as lost.
 */
bool intxtest_delivered(uint32_t count);

/** intxtest_repeated() - wait until repetition number @count has come */
bool intxtest_repeated(uint32_t count);

/** intxtest_give_up_one() - lower the line; what it raised is lost */
void intxtest_give_up_one(void);

/** intxtest_rounds() - raise, wait, count; @rounds times */
void intxtest_rounds(unsigned rounds);

/**
 * intxtest_check() - the checks that every case makes, and the result line
 * @expected: how often the device should have raised its line
 * @signals: how often the host may signal each of them.  More than once if the
 *           line was still high when the host was told that it could unmask
 * @spurious: how many more the guest may get in all
 *
 * Each interrupt of the device is one of the guest's.
 */
void intxtest_check(uint32_t expected, unsigned signals, unsigned spurious);

#endif /* GUEST_INTXTEST_H */
