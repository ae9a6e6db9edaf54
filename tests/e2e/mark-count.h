/*
 * The marks between which count-instructions.c counts
 *
 * No-ops that no compiler and no kernel makes: of x86, one with an address that
 * it does not use; of POWER, one on a register that the usual ones do not name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MARK_COUNT_H
#define MARK_COUNT_H

/* As they are in memory; POWER's is little-endian here */
#define X86_BEGIN "\x0f\x1f\x80\x00\x65\x32\x5a" /* nopl 0x5a326500(%rax) */
#define X86_END   "\x0f\x1f\x80\x01\x65\x32\x5a" /* nopl 0x5a326501(%rax) */
#define PPC_BEGIN "\x00\x00\x73\x62"             /* ori 19,19,0 */
#define PPC_END   "\x00\x00\x94\x62"             /* ori 20,20,0 */

#ifdef __powerpc64__
#define MARK_BEGIN "ori 19,19,0"
#define MARK_END   "ori 20,20,0"
#else
#define MARK_BEGIN "nopl 0x5a326500(%%rax)"
#define MARK_END   "nopl 0x5a326501(%%rax)"
#endif

static inline void mark_begin(void)
{
    asm volatile(MARK_BEGIN : : : "memory");
}

static inline void mark_end(void)
{
    asm volatile(MARK_END : : : "memory");
}

#endif
