/*
 * Report and parameters of a bare-metal guest
 *
 * One line a check, a verdict at the end.  Works on what the architecture's
 * runtime provides: console_put() and guest_end().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef GUEST_REPORT_H
#define GUEST_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRINTF_LIKE(fmt, args)  __attribute__((format(printf, fmt, args)))

/** case_main() - the case; the guest ends when it returns */
void case_main(void);

/* ---- report -------------------------------------------------------------- */

/** say() - print; knows %s %c %u %x %%, a width and '-' for left-aligned */
void say(const char *format, ...) PRINTF_LIKE(1, 2);

/** check() - one line of result; false makes the verdict "fail" */
bool check(bool ok, const char *format, ...) PRINTF_LIKE(2, 3);

/** give_up() - the guest cannot do its work: say why and end */
void give_up(const char *format, ...)
    PRINTF_LIKE(1, 2) __attribute__((noreturn));

/** checks_failed() - how many check() calls got false */
unsigned checks_failed(void);

/* ---- parameters ---------------------------------------------------------- */

/** param() - the value of name=NUMBER on the command line, or @otherwise */
uint32_t param(const char *name, uint32_t otherwise);

/* ---- from the architecture's runtime ------------------------------------- */

enum guest_verdict {
    GUEST_PASSED,
    GUEST_FAILED,
    GUEST_GAVE_UP,
};

/* set before case_main() */
extern const char *command_line;

void console_put(char c);

/** guest_end() - end the machine so that who runs it can tell the verdict */
void guest_end(enum guest_verdict verdict) __attribute__((noreturn));

#endif /* GUEST_REPORT_H */
