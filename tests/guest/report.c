/*
 * Report and parameters of a bare-metal guest
 *
 * Formats, counts and parses; where the characters go and how the guest ends is
 * the architecture's affair.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdarg.h>
#include "report.h"

const char *command_line = "";
static unsigned checks, failures;

/* ---- report -------------------------------------------------------------- */

static void put_padded(const char *text, unsigned width, bool left)
{
    unsigned length = 0;

    while (text[length]) {
        length++;
    }
    for (unsigned i = length; !left && i < width; i++) {
        console_put(' ');
    }
    for (unsigned i = 0; i < length; i++) {
        console_put(text[i]);
    }
    for (unsigned i = length; left && i < width; i++) {
        console_put(' ');
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
            console_put(*c);
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
            console_put(va_arg(args, int));
            break;
        case 'u':
            put_number(va_arg(args, uint32_t), 10, width, left);
            break;
        case 'x':
            put_number(va_arg(args, uint32_t), 16, width, left);
            break;
        default:
            console_put(*c);
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
    console_put('\n');
    return ok;
}

unsigned checks_failed(void)
{
    return failures;
}

void give_up(const char *format, ...)
{
    va_list args;

    say("Bail out! ");
    va_start(args, format);
    say_list(format, args);
    va_end(args);
    console_put('\n');
    guest_end(GUEST_GAVE_UP);
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
