/*
 * The guest's start, console, time and end
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "runtime.h"

#define SERIAL_DATA             0x3f8
#define SERIAL_INTERRUPTS       0x3f9
#define SERIAL_LINE_STATUS      0x3fd
#define SERIAL_CAN_SEND             0x20

/* QEMU ends with status 2 * value + 1; 1 is also that of its own errors. */
#define DEBUG_EXIT              0xf4
#define DEBUG_EXIT_PASS             0x10    /* status 33 */
#define DEBUG_EXIT_FAIL             0x11    /* status 35 */
#define DEBUG_EXIT_GAVE_UP          0x12    /* status 37 */

#define PIT_CHANNEL_2           0x42
#define PIT_COMMAND             0x43
#define PIT_COUNT_DOWN_ONCE         0xb0    /* channel 2, mode 0, 16 bits */
#define PIT_GATE                0x61
#define PIT_GATE_OPEN               0x01
#define PIT_GATE_OUTPUT             0x20
#define PIT_HZ                  1193182
#define CALIBRATION_MS          20
#define CALIBRATIONS            3
#define PAUSE_MS                10  /* what a pause of ours counts, at most */

struct multiboot_info {
    uint32_t flags;
#define MULTIBOOT_HAS_COMMAND_LINE  (1u << 2)
    uint32_t memory[2];
    uint32_t boot_device;
    uint32_t command_line;
};

void runtime_start(const struct multiboot_info *info);

static uint32_t tsc_per_ms;

/* ---- report and end ------------------------------------------------------ */

void console_put(char c)
{
    while (!(inb(SERIAL_LINE_STATUS) & SERIAL_CAN_SEND)) {
        continue;
    }
    outb(SERIAL_DATA, c);
}

void guest_end(enum guest_verdict verdict)
{
    static const uint8_t value[] = {
        [GUEST_PASSED] = DEBUG_EXIT_PASS,
        [GUEST_FAILED] = DEBUG_EXIT_FAIL,
        [GUEST_GAVE_UP] = DEBUG_EXIT_GAVE_UP,
    };

    outl(DEBUG_EXIT, value[verdict]);
    for (;;) {
        asm volatile("cli; hlt");
    }
}

/* ---- time ---------------------------------------------------------------- */

/* Against the PIT's channel 2. */
static uint32_t measure(void)
{
    uint32_t count = PIT_HZ / 1000 * CALIBRATION_MS;
    uint64_t start;

    outb(PIT_GATE, PIT_GATE_OPEN);
    outb(PIT_COMMAND, PIT_COUNT_DOWN_ONCE);
    outb(PIT_CHANNEL_2, count & 0xff);
    start = tsc();
    outb(PIT_CHANNEL_2, count >> 8);
    while (!(inb(PIT_GATE) & PIT_GATE_OUTPUT)) {
        continue;
    }
    return (uint32_t)(tsc() - start) / CALIBRATION_MS;
}

/* If the host takes the processor away meanwhile the milliseconds get longer. */
static void calibrate(void)
{
    tsc_per_ms = measure();
    for (unsigned i = 1; i < CALIBRATIONS; i++) {
        uint32_t again = measure();

        tsc_per_ms = again < tsc_per_ms ? again : tsc_per_ms;
    }
}

uint64_t tsc_of_ms(uint32_t ms)
{
    return (uint64_t)ms * tsc_per_ms;
}

uint32_t ms_of_tsc(uint64_t cycles)
{
    uint32_t ms, rest;

    if (cycles >> 32 >= tsc_per_ms) {
        return UINT32_MAX;
    }
    asm("divl %4"
        : "=a"(ms), "=d"(rest)
        : "a"((uint32_t)cycles), "d"((uint32_t)(cycles >> 32)),
          "r"(tsc_per_ms));
    return ms;
}

uint64_t patience_spent(struct patience *patience)
{
    uint64_t now = tsc(), pause = now - patience->last;

    patience->last = now;
    if (pause > tsc_of_ms(PAUSE_MS)) {
        pause = tsc_of_ms(PAUSE_MS);
    }
    patience->spent += pause;
    return patience->spent;
}

bool wait_until(bool (*condition)(unsigned opaque), unsigned opaque,
                uint32_t ms)
{
    struct patience patience = { .last = tsc() };

    while (!condition(opaque)) {
        if (patience_spent(&patience) > tsc_of_ms(ms)) {
            return condition(opaque);
        }
    }
    return true;
}

/* ---- start --------------------------------------------------------------- */

/* The compiler calls it by itself. */
void *memset(void *at, int value, size_t size);
void *memset(void *at, int value, size_t size)
{
    void *to = at;

    asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
    return at;
}

void runtime_start(const struct multiboot_info *info)
{
    outb(SERIAL_INTERRUPTS, 0);
    if (info->flags & MULTIBOOT_HAS_COMMAND_LINE) {
        command_line = (const char *)info->command_line;
    }
    calibrate();
    case_main();
    guest_end(checks_failed() ? GUEST_FAILED : GUEST_PASSED);
}
