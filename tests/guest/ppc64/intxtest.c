/*
 * Driver of the test function's INTx line
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define TIMEOUT_MS      1000    /* the machine may be busy */
#define TIMEOUT_DEAD_MS 20      /* when DEAD of them were lost */
#define DEAD            2       /* or were not repeated */
#define SETTLE_MS       20
#define TOO_MANY        20      /* spurious ones in a row */
#define CAPABILITY_VENDOR 0x09

struct intxtest_counts intxtest;
pci_bdf intxtest_bdf;

static enum intxtest_way way;
static unsigned capability;
static uintptr_t registers, memory;
static uint32_t handled, in_a_row, unrepeated;
static uint32_t raised_before, signalled_before;

/* ---- ways to the device -------------------------------------------------- */

uint32_t intxtest_capability(unsigned offset)
{
    return pci_read(intxtest_bdf, capability + offset);
}

void intxtest_capability_write(unsigned offset, uint32_t value)
{
    pci_write(intxtest_bdf, capability + offset, value);
}

uint32_t intxtest_register(unsigned offset)
{
    return read32(registers + offset);
}

void intxtest_register_write(unsigned offset, uint32_t value)
{
    write32(registers + offset, value);
}

uintptr_t intxtest_memory(unsigned offset)
{
    return memory + offset;
}

void intxtest_raise(void)
{
    intxtest_capability_write(IRQTEST_CAP_INTX, 1);
}

bool intxtest_is_high(void)
{
    return intxtest_capability(IRQTEST_CAP_INTX);
}

uint32_t intxtest_sequence(void)
{
    switch (way) {
    case INTXTEST_REGISTERS:
        return intxtest_register(IRQTEST_INTX_SEQUENCE);
    case INTXTEST_MEMORY:
        return read32(memory + IRQTEST_INTX_SEQUENCE_IN_BAR4);
    default:
        return intxtest_capability(IRQTEST_CAP_INTX_SEQUENCE);
    }
}

void intxtest_acknowledge(void)
{
    switch (way) {
    case INTXTEST_REGISTERS:
        intxtest_register_write(IRQTEST_INTX, 0);
        break;
    case INTXTEST_MEMORY:
        write32(memory + IRQTEST_INTX_ACK_IN_BAR4, handled);
        break;
    default:
        intxtest_capability_write(IRQTEST_CAP_INTX, 0);
        break;
    }
}

/* ---- interrupts ---------------------------------------------------------- */

bool intxtest_is_new(void)
{
    return intxtest_sequence() != handled;
}

enum intxtest_kind intxtest_look(void)
{
    uint32_t sequence = intxtest_sequence();

    if (sequence != handled) {
        handled = sequence;
        in_a_row = 0;
        intxtest.delivered++;
        return INTXTEST_DELIVERED;
    }
    /* In memory the line cannot be seen; nobody repeats there. */
    if (way != INTXTEST_MEMORY && intxtest_is_high()) {
        intxtest.repeated++;
        return INTXTEST_REPEATED;
    }
    intxtest.spurious++;
    if (++in_a_row >= TOO_MANY) {
        intxtest.nobody_cared = true;
        irq_mask();
    }
    return INTXTEST_SPURIOUS;
}

void intxtest_take(void)
{
    if (intxtest_look() == INTXTEST_DELIVERED) {
        intxtest_acknowledge();
    }
}

void intxtest_start(enum intxtest_way the_way, void (*handler)(void))
{
    way = the_way;
    if (!pci_find(IRQTEST_VENDOR_ID, IRQTEST_DEVICE_ID, &intxtest_bdf)) {
        give_up("no device %x:%x: start QEMU with \"vfio-host run\"",
                IRQTEST_VENDOR_ID, IRQTEST_DEVICE_ID);
    }
    capability = pci_capability(intxtest_bdf, CAPABILITY_VENDOR);
    if (!capability) {
        give_up("the device has no vendor-specific capability");
    }
    registers = pci_bar(intxtest_bdf, 0);
    memory = pci_bar(intxtest_bdf, 4);
    pci_enable(intxtest_bdf);
    raised_before = intxtest_capability(IRQTEST_CAP_INTX_SEQUENCE);
    handled = raised_before;
    signalled_before = intxtest_capability(IRQTEST_CAP_INTX_SIGNALLED);
    irq_start(pci_intx(intxtest_bdf), handler ? handler : intxtest_take);
}

struct intxtest_trapped intxtest_trapped(void)
{
    static uint32_t own;
    struct intxtest_trapped trapped = {
        .reads = intxtest_register(IRQTEST_BAR_READS),
        .writes = intxtest_register(IRQTEST_BAR_WRITES),
    };

    /* The first read counts itself, if the host counts. */
    trapped.counted = trapped.reads;
    if (trapped.counted) {
        trapped.reads -= own + 1;
        own += 2;
    }
    return trapped;
}

static bool has_come(unsigned count)
{
    return intxtest.delivered >= count;
}

void intxtest_give_up_one(void)
{
    intxtest.lost++;
    handled = intxtest_capability(IRQTEST_CAP_INTX_SEQUENCE);
    intxtest_capability_write(IRQTEST_CAP_INTX, 0);
}

static uint32_t timeout(void)
{
    return intxtest.lost + unrepeated < DEAD && !intxtest.nobody_cared ?
           param("timeout", TIMEOUT_MS) : TIMEOUT_DEAD_MS;
}

bool intxtest_delivered(uint32_t count)
{
    if (wait_until(has_come, count, timeout())) {
        return true;
    }
    intxtest_give_up_one();
    return false;
}

static bool has_repeated(unsigned count)
{
    return intxtest.repeated >= count;
}

bool intxtest_repeated(uint32_t count)
{
    if (wait_until(has_repeated, count, timeout())) {
        return true;
    }
    unrepeated++;
    return false;
}

void intxtest_rounds(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        uint32_t before = intxtest.delivered;

        intxtest_raise();
        intxtest_delivered(before + 1);
    }
}

void intxtest_check(uint32_t expected, unsigned signals, unsigned spurious)
{
    uint32_t raised, signalled;

    pause_ms(SETTLE_MS);
    raised = intxtest_capability(IRQTEST_CAP_INTX_SEQUENCE) - raised_before;
    signalled = intxtest_capability(IRQTEST_CAP_INTX_SIGNALLED) -
                signalled_before;
    check(intxtest.delivered == expected && raised == expected,
          "each interrupt of the device is delivered: %u of %u, raised %u",
          intxtest.delivered, expected, raised);
    check(intxtest.spurious <= spurious, "at most %u are spurious: %u",
          spurious, intxtest.spurious);
    check(signalled <= signals * raised,
          "the host signals each at most %u times: %u of %u", signals,
          signalled, raised);
    say("result: raised=%u delivered=%u lost=%u spurious=%u repeated=%u "
        "signalled=%u extra=%u empty=%u\n", raised, intxtest.delivered,
        raised - intxtest.delivered, intxtest.spurious, intxtest.repeated,
        signalled, signalled > raised ? signalled - raised : 0, irq_empty());
}
