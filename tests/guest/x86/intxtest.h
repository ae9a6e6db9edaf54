/*
 * The test function's INTx line, as a driver sees it
 *
 * The device numbers its assertions.  An interrupt that finds a new number is
 * delivered; one that finds the old number and the line high is repeated; one
 * that finds the line low is spurious.  After too many of the last in a row the
 * line is masked for good, as an operating system does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_INTXTEST_H
#define GUEST_INTXTEST_H

#include "intx.h"
#include "vfio-host-regs.h"

struct intxtest {
    volatile uint32_t delivered;
    volatile uint32_t repeated;
    volatile uint32_t spurious;
    volatile bool given_up;
    uint32_t lost;
    uint32_t of;
};

extern struct intxtest intxtest;

enum intxtest_event {
    INTXTEST_DELIVERED,
    INTXTEST_REPEATED,
    INTXTEST_SPURIOUS,
};

/** intxtest_on() - begin to take interrupts by @controller */
void intxtest_on(enum intx_controller controller, void (*handler)(void));

/** intxtest_look() - what the interrupt is; counts it.  Touches no BAR */
enum intxtest_event intxtest_look(void);

/* By configuration space, so that no BAR is touched. */
void intxtest_raise(void);
void intxtest_acknowledge(void);
/** intxtest_raise_automatically() - @count times, each after the last fell */
void intxtest_raise_automatically(uint32_t count);

/** intxtest_register() - address in BAR 0, which QEMU traps */
uintptr_t intxtest_register(unsigned reg);

/** intxtest_patient() - poll @condition for the parameter "timeout" in ms */
bool intxtest_patient(bool (*condition)(unsigned opaque), unsigned opaque);

/**
 * intxtest_wait() - until @count interrupts were delivered since intxtest_on()
 *
 * If they do not come the line is lowered.  Returns whether they came.
 */
bool intxtest_wait(uint32_t count);

/** intxtest_settle() - raise nothing; take what comes all the same */
void intxtest_settle(void);

/** intxtest_rounds() - raise and wait, @rounds times; the rest is lost */
void intxtest_rounds(unsigned rounds);

/**
 * intxtest_end() - the checks that every case makes of one controller
 * @delivered: how many should have been
 * @repeated: how many should have been
 * @spurious: how many may have been
 */
void intxtest_end(enum intx_controller controller, uint32_t delivered,
                  uint32_t repeated, uint32_t spurious);

/** intxtest_result() - the result line, of all controllers */
void intxtest_result(void);

#endif /* GUEST_INTXTEST_H */
