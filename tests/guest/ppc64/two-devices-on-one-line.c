/*
 * Two devices on one LSI: the assigned one and an emulated one, each raised
 * alone and both at once.  Each gets its interrupts served, by handlers that
 * touch no BAR of the assigned device, and the EOI of the one is not taken for
 * the end of the other's.
 *
 * The other is QEMU's "edu", four slots further, where the bridge swizzles to
 * the same line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "intxtest.h"

#define ROUNDS          20
#define TIMEOUT_MS      1000

#define EDU_VENDOR      0x1234
#define EDU_DEVICE      0x11e8
#define EDU_ID          0x00
#define EDU_ID_VALUE    0x010000ed
#define EDU_STATUS      0x24        /* which interrupts it has raised */
#define EDU_RAISE       0x60
#define EDU_ACK         0x64

static uintptr_t edu;
static bool edu_is_big_endian;
static volatile uint32_t edu_taken;

static uint32_t edu_read(unsigned offset)
{
    uint32_t value = read32(edu + offset);

    return edu_is_big_endian ? __builtin_bswap32(value) : value;
}

static void edu_write(unsigned offset, uint32_t value)
{
    write32(edu + offset, edu_is_big_endian ? __builtin_bswap32(value) : value);
}

/* Its registers have had the target's order, or little-endian. */
static void edu_open(void)
{
    pci_bdf bdf;

    if (!pci_find(EDU_VENDOR, EDU_DEVICE, &bdf)) {
        give_up("no second device: start QEMU with -device edu,addr=5");
    }
    edu = pci_bar(bdf, 0);
    pci_enable(bdf);
    edu_is_big_endian = edu_read(EDU_ID) != EDU_ID_VALUE;
    if (edu_read(EDU_ID) != EDU_ID_VALUE) {
        give_up("the second device's ID register reads %x", edu_read(EDU_ID));
    }
    if (pci_intx(bdf) != pci_intx(intxtest_bdf)) {
        give_up("the two devices have different interrupts");
    }
}

static void serve_both(void)
{
    uint32_t status = edu ? edu_read(EDU_STATUS) : 0;

    if (status) {
        edu_write(EDU_ACK, status);
        edu_taken++;
    }
    if (!status || intxtest_is_new()) {
        intxtest_take();
    }
}

static bool edu_has_taken(unsigned count)
{
    return edu_taken >= count;
}

void case_main(void)
{
    uint32_t raised = 0, edu_raised = 0, at_once = 0;

    intxtest_start(INTXTEST_CONFIG, serve_both);
    edu_open();
    for (unsigned i = 0; i < ROUNDS; i++) {
        bool both = i % 3 == 2, other = both || i % 3 == 1;
        bool was_on = irq_save();

        at_once += both;
        if (other) {
            edu_raised++;
            edu_write(EDU_RAISE, 1);
        }
        if (both || !other) {
            raised++;
            intxtest_raise();
        }
        irq_restore(was_on);
        intxtest_delivered(raised - intxtest.lost);
        wait_until(edu_has_taken, edu_raised, intxtest.lost ? 1 : TIMEOUT_MS);
    }
    check(edu_taken == edu_raised, "the other device gets its own: %u of %u",
          edu_taken, edu_raised);
    /*
     * When both are raised the handler may serve our device before QEMU has
     * read the host's event, which then raises a line that has nothing to say.
     */
    intxtest_check(raised, 2, at_once);
}
