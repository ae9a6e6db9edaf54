/*
 * Driver of the test function's INTx line
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"
#include "irq.h"

#define CAPABILITY_VENDOR   0x09
#define TIMEOUT_MS          1000
#define SETTLE_MS           30
#define TOO_MANY            20      /* spurious ones in a row */

struct intxtest intxtest;

static pci_bdf function;
static unsigned capability;
static uintptr_t registers;
static uint32_t handled, in_a_row;

/* An access takes two ports, and the handler uses them too. */
static uint32_t read(unsigned reg)
{
    uint32_t flags = irq_save(), value;

    value = pci_read(function, capability + reg);
    irq_restore(flags);
    return value;
}

static void write(unsigned reg, uint32_t value)
{
    uint32_t flags = irq_save();

    pci_write(function, capability + reg, value);
    irq_restore(flags);
}

uintptr_t intxtest_register(unsigned reg)
{
    return registers + reg;
}

void intxtest_raise(void)
{
    write(IRQTEST_CAP_INTX, 1);
}

void intxtest_acknowledge(void)
{
    write(IRQTEST_CAP_INTX, 0);
}

void intxtest_raise_automatically(uint32_t count)
{
    write(IRQTEST_CAP_INTX_AUTO_COUNT, count);
}

enum intxtest_event intxtest_look(void)
{
    uint32_t sequence = read(IRQTEST_CAP_INTX_SEQUENCE);

    if (sequence != handled) {
        handled = sequence;
        in_a_row = 0;
        intxtest.delivered++;
        return INTXTEST_DELIVERED;
    }
    if (read(IRQTEST_CAP_INTX)) {
        intxtest.repeated++;
        return INTXTEST_REPEATED;
    }
    intxtest.spurious++;
    if (++in_a_row == TOO_MANY) {
        intxtest.given_up = true;
        intx_mask(true);
    }
    return INTXTEST_SPURIOUS;
}

static void find(void)
{
    if (!pci_find(IRQTEST_VENDOR_ID, IRQTEST_DEVICE_ID, &function)) {
        give_up("no device %x:%x: start QEMU with \"vfio-host run\"",
                IRQTEST_VENDOR_ID, IRQTEST_DEVICE_ID);
    }
    capability = pci_capability(function, CAPABILITY_VENDOR);
    if (!capability) {
        give_up("the device has no vendor-specific capability");
    }
    registers = pci_bar(function, 0);
    pci_enable(function);
}

void intxtest_on(enum intx_controller controller, void (*handler)(void))
{
    if (!capability) {
        find();
    }
    handled = read(IRQTEST_CAP_INTX_SEQUENCE);
    in_a_row = 0;
    intxtest.delivered = intxtest.repeated = intxtest.spurious = 0;
    intxtest.given_up = false;
    intx_start(function, controller, handler);
}

bool intxtest_patient(bool (*condition)(unsigned opaque), unsigned opaque)
{
    return wait_until(condition, opaque, param("timeout", TIMEOUT_MS));
}

static bool never(unsigned opaque)
{
    (void)opaque;
    return false;
}

void intxtest_settle(void)
{
    wait_until(never, 0, SETTLE_MS);
}

static bool has_come(unsigned count)
{
    return intxtest.delivered >= count;
}

bool intxtest_wait(uint32_t count)
{
    if (intxtest_patient(has_come, count)) {
        return true;
    }
    handled = read(IRQTEST_CAP_INTX_SEQUENCE);
    intxtest_acknowledge();
    return false;
}

void intxtest_rounds(unsigned rounds)
{
    for (unsigned i = 0; i < rounds && !intxtest.given_up; i++) {
        uint32_t before = intxtest.delivered;

        intxtest_raise();
        if (!intxtest_wait(before + 1)) {
            break;
        }
    }
}

void intxtest_end(enum intx_controller controller, uint32_t delivered,
                  uint32_t repeated, uint32_t spurious)
{
    const char *name = intx_name(controller);

    intxtest_settle();
    check(intxtest.delivered == delivered, "%s: each is delivered: %u of %u",
          name, intxtest.delivered, delivered);
    check(intxtest.repeated == repeated, "%s: repeated: %u of %u", name,
          intxtest.repeated, repeated);
    check(intxtest.spurious <= spurious, "%s: spurious: %u, at most %u", name,
          intxtest.spurious, spurious);
    intxtest.lost += delivered - intxtest.delivered;
    intxtest.of += delivered;
}

void intxtest_result(void)
{
    say("result: lost=%u of=%u\n", intxtest.lost, intxtest.of);
}
