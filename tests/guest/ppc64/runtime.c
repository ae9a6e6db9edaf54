/*
 * The guest's start, console, time and end
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "boot.h"
#include "hcall.h"
#include "irq.h"
#include "mmu.h"
#include "pci.h"
#include "prom.h"
#include "runtime.h"

#define CONSOLE_CHUNK   16      /* characters of one H_PUT_TERM_CHAR */
#define TICKS_PER_MS    512000u /* of the timebase: PAPR knows one frequency */
#define PAUSE_MS        10      /* what one pause of ours counts, at most */

static char arguments[256];
static uint32_t terminal;

/* ---- report and end ------------------------------------------------------ */

static void console_send(const char *text, unsigned length)
{
    uint64_t words[2] = { 0, 0 };

    for (unsigned i = 0; i < length; i++) {
        words[i / 8] |= (uint64_t)(uint8_t)text[i] << (56 - i % 8 * 8);
    }
    while (hcall(H_PUT_TERM_CHAR, (uint64_t[H_ARGS]) {
                     terminal, length, words[0], words[1] })) {
        continue;               /* busy: the other end is slow */
    }
}

void console_put(char c)
{
    static char chunk[CONSOLE_CHUNK];
    static unsigned filled;

    chunk[filled++] = c;
    if (c == '\n' || filled == CONSOLE_CHUNK) {
        console_send(chunk, filled);
        filled = 0;
    }
}

void guest_end(enum guest_verdict verdict)
{
    static const char *const words[] = {
        [GUEST_PASSED] = "passed",
        [GUEST_FAILED] = "failed",
        [GUEST_GAVE_UP] = "gave up",
    };

    irq_save();
    say("verdict: %s\n", words[verdict]);
    rtas(RTAS_POWER_OFF, 2, (uint32_t[]) { UINT32_MAX, UINT32_MAX }, NULL);
    for (;;) {
        continue;
    }
}

/* ---- time ---------------------------------------------------------------- */

uint64_t timebase_of_ms(uint32_t ms)
{
    return (uint64_t)ms * TICKS_PER_MS;
}

uint32_t ms_of_timebase(uint64_t ticks)
{
    return ticks / TICKS_PER_MS;
}

uint64_t patience_spent(struct patience *patience)
{
    uint64_t now = timebase(), pause = now - patience->last;

    patience->last = now;
    if (pause > timebase_of_ms(PAUSE_MS)) {
        pause = timebase_of_ms(PAUSE_MS);
    }
    patience->spent += pause;
    return patience->spent;
}

bool wait_until(bool (*condition)(unsigned opaque), unsigned opaque,
                uint32_t ms)
{
    struct patience patience = { .last = timebase() };

    while (!condition(opaque)) {
        if (patience_spent(&patience) > timebase_of_ms(ms)) {
            return condition(opaque);
        }
    }
    return true;
}

static bool never(unsigned opaque)
{
    (void)opaque;
    return false;
}

void pause_ms(uint32_t ms)
{
    wait_until(never, 0, ms);
}

/* ---- start --------------------------------------------------------------- */

/* The compiler calls them by itself. */
void *memset(void *at, int value, size_t size);
void *memset(void *at, int value, size_t size)
{
    for (volatile char *to = at; size; size--) {
        *to++ = value;
    }
    return at;
}

void *memcpy(void *to, const void *from, size_t size);
void *memcpy(void *to, const void *from, size_t size)
{
    const char *source = from;

    for (volatile char *at = to; size; size--) {
        *at++ = *source++;
    }
    return to;
}

/*
 * The order matters: what the firmware has to say, then the translation that
 * registers need, then our own code over the firmware's.
 */
void runtime_start(uint64_t firmware)
{
    prom_start(firmware);
    terminal = prom_console();
    rtas_find();
    prom_property(prom_find("/chosen"), "bootargs", arguments,
                  sizeof(arguments) - 1);
    command_line = arguments;
    prom_negotiate();
    pci_start();
    irq_find();
    mmu_start();
    irq_take_vectors();
    case_main();
    guest_end(checks_failed() ? GUEST_FAILED : GUEST_PASSED);
}
