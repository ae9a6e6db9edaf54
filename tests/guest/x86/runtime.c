/*
 * The guest's start, report, parameters, time and end
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdarg.h>
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

struct multiboot_info {
    uint32_t flags;
#define MULTIBOOT_HAS_COMMAND_LINE  (1u << 2)
    uint32_t memory[2];
    uint32_t boot_device;
    uint32_t command_line;
};

void runtime_start(const struct multiboot_info *info);

static const char *command_line = "";
static uint32_t tsc_per_ms;
static unsigned checks, failures;

/* ---- report -------------------------------------------------------------- */

static void put(char c)
{
    while (!(inb(SERIAL_LINE_STATUS) & SERIAL_CAN_SEND)) {
        continue;
    }
    outb(SERIAL_DATA, c);
}

static void put_padded(const char *text, unsigned width, bool left)
{
    unsigned length = 0;

    while (text[length]) {
        length++;
    }
    for (unsigned i = length; !left && i < width; i++) {
        put(' ');
    }
    for (unsigned i = 0; i < length; i++) {
        put(text[i]);
    }
    for (unsigned i = length; left && i < width; i++) {
        put(' ');
    }
}

static void put_number(uint32_t value, unsigned base, unsigned width, bool left)
{
    char digits[11];
    char *first = digits + sizeof(digits) - 1;

    *first = '\0';
    do {
        *--first = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_padded(first, width, left);
}

static void say_list(const char *format, va_list args)
{
    for (const char *c = format; *c; c++) {
        unsigned width = 0;
        bool left = false;

        if (*c != '%') {
            put(*c);
            continue;
        }
        c++;
        if (*c == '-') {
            left = true;
            c++;
        }
        while (*c >= '0' && *c <= '9') {
            width = width * 10 + (*c++ - '0');
        }
        switch (*c) {
        case 's':
            put_padded(va_arg(args, const char *), width, left);
            break;
        case 'c':
            put(va_arg(args, int));
            break;
        case 'u':
            put_number(va_arg(args, uint32_t), 10, width, left);
            break;
        case 'x':
            put_number(va_arg(args, uint32_t), 16, width, left);
            break;
        default:
            put(*c);
        }
    }
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_list(format, args);
    va_end(args);
}

bool check(bool ok, const char *format, ...)
{
    va_list args;

    failures += !ok;
    say("%s %u - ", ok ? "ok" : "not ok", ++checks);
    va_start(args, format);
    say_list(format, args);
    va_end(args);
    put('\n');
    return ok;
}

unsigned checks_failed(void)
{
    return failures;
}

static void __attribute__((noreturn)) end(uint32_t value)
{
    outl(DEBUG_EXIT, value);
    for (;;) {
        asm volatile("cli; hlt");
    }
}

void give_up(const char *format, ...)
{
    va_list args;

    say("Bail out! ");
    va_start(args, format);
    say_list(format, args);
    va_end(args);
    put('\n');
    end(DEBUG_EXIT_GAVE_UP);
}

/* ---- parameters ---------------------------------------------------------- */

static uint32_t number(const char *text)
{
    uint32_t value = 0;

    while (*text >= '0' && *text <= '9') {
        value = value * 10 + (*text++ - '0');
    }
    return value;
}

uint32_t param(const char *name, uint32_t otherwise)
{
    for (const char *word = command_line; *word; ) {
        const char *at = word;
        const char *wanted = name;

        while (*wanted && *at == *wanted) {
            at++;
            wanted++;
        }
        if (!*wanted && *at == '=') {
            return number(at + 1);
        }
        while (*word && *word != ' ') {
            word++;
        }
        while (*word == ' ') {
            word++;
        }
    }
    return otherwise;
}

/* ---- time ---------------------------------------------------------------- */

/*
 * Against the PIT's channel 2.  If the host takes the processor away meanwhile
 * the milliseconds get longer, which only makes timeouts more patient.
 */
static void calibrate(void)
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
    tsc_per_ms = (uint32_t)(tsc() - start) / CALIBRATION_MS;
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

bool wait_until(bool (*condition)(unsigned opaque), unsigned opaque,
                uint32_t ms)
{
    uint64_t start = tsc();

    while (!condition(opaque)) {
        if (tsc() - start > tsc_of_ms(ms)) {
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
    end(failures ? DEBUG_EXIT_FAIL : DEBUG_EXIT_PASS);
}
