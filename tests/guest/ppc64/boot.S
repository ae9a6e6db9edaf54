/*
 * Entry from VOF, exceptions, and the way to the firmware and the hypervisor
 *
 * VOF, like SLOF, enters a kernel in big-endian real mode with the address of
 * the client interface in r5; VOF in 32-bit mode.  Nothing else is relied on.
 * The guest stays big-endian: so are the hypervisor, the firmware and the
 * interrupt controllers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define STACK_SIZE      0x10000
#define MSR_IR_DR       0x30
#define RED_ZONE        512
#define FRAME           256             /* 32 + 28 words of 8 bytes */

    .machine "power9"

    .macro  load_address register, symbol
    lis     \register, \symbol@h
    ori     \register, \register, \symbol@l
    .endm

    .macro  set_bits_64 on          /* r0 and r12 are lost */
    mfmsr   %r0
    li      %r12, \on
    rldimi  %r0, %r12, 63, 0        /* MSR[SF] */
    mtmsrd  %r0
    isync
    .endm

    .section .text.start, "ax"
    .globl  start
start:
    set_bits_64 1
    load_address %r1, stack_top - 128
    load_address %r2, .TOC.
    mr      %r3, %r5
    bl      runtime_start           /* does not return */
    b       .

/* uint64_t hcall(number, args[8]): the results replace the arguments */
    .text
    .globl  hcall
hcall:
    mflr    %r0
    std     %r0, 16(%r1)
    std     %r4, -8(%r1)            /* not changed by a hypercall */
    mr      %r11, %r4
    ld      %r4, 0(%r11)
    ld      %r5, 8(%r11)
    ld      %r6, 16(%r11)
    ld      %r7, 24(%r11)
    ld      %r8, 32(%r11)
    ld      %r9, 40(%r11)
    ld      %r10, 48(%r11)
    ld      %r11, 56(%r11)
    sc      1
    ld      %r12, -8(%r1)
    std     %r4, 0(%r12)
    std     %r5, 8(%r12)
    std     %r6, 16(%r12)
    std     %r7, 24(%r12)
    std     %r8, 32(%r12)
    std     %r9, 40(%r12)
    std     %r10, 48(%r12)
    std     %r11, 56(%r12)
    ld      %r0, 16(%r1)
    mtlr    %r0
    blr

/*
 * void prom_enter(args, entry): the firmware is called in 32-bit mode and may
 * be 32-bit code, so whatever must stay whole in 64 bits is kept here.
 */
    .globl  prom_enter
prom_enter:
    mflr    %r0
    mfcr    %r12
    std     %r0, 16(%r1)
    stdu    %r1, -320(%r1)
    std     %r2, 112(%r1)
    std     %r12, 120(%r1)
    .irp    n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    std     \n, (128 + 8 * (\n - 14))(%r1)
    .endr
    mtctr   %r4
    set_bits_64 0
    bctrl
    set_bits_64 1
    .irp    n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld      \n, (128 + 8 * (\n - 14))(%r1)
    .endr
    ld      %r2, 112(%r1)
    ld      %r12, 120(%r1)
    addi    %r1, %r1, 320
    ld      %r0, 16(%r1)
    mtcrf   0xff, %r12
    mtlr    %r0
    blr

/*
 * Copied to every exception vector: leaves r3 in SPRG0, r4 in SPRG1, LR in r4
 * and the vector in r3.
 */
    .globl  exception_stub, exception_stub_end
exception_stub:
    mtsprg  0, %r3
    mtsprg  1, %r4
    mflr    %r4
    load_address %r3, exception_entry
    mtlr    %r3
    li      %r3, 0                  /* the vector is put in here */
    blr
exception_stub_end:

exception_entry:
    stdu    %r1, -(FRAME + RED_ZONE)(%r1)
    std     %r0, 32(%r1)
    std     %r2, 40(%r1)
    .irp    n, 5,6,7,8,9,10,11,12
    std     \n, (48 + 8 * (\n - 5))(%r1)
    .endr
    std     %r4, 112(%r1)           /* LR */
    mfsprg  %r4, 0
    std     %r4, 120(%r1)
    mfsprg  %r4, 1
    std     %r4, 128(%r1)
    mfctr   %r4
    std     %r4, 136(%r1)
    mfxer   %r4
    std     %r4, 144(%r1)
    mfcr    %r4
    std     %r4, 152(%r1)
    mfsrr0  %r4
    std     %r4, 160(%r1)
    mfsrr1  %r5
    std     %r5, 168(%r1)
    std     %r13, 176(%r1)

    /* Registers of devices are reached with translation only. */
    mfmsr   %r6
    ori     %r6, %r6, MSR_IR_DR
    mtmsrd  %r6
    isync
    load_address %r2, .TOC.
    bl      irq_exception           /* r3: vector, r4: where it came from */

    ld      %r4, 160(%r1)
    mtsrr0  %r4
    ld      %r4, 168(%r1)
    mtsrr1  %r4
    ld      %r4, 152(%r1)
    mtcrf   0xff, %r4
    ld      %r4, 144(%r1)
    mtxer   %r4
    ld      %r4, 136(%r1)
    mtctr   %r4
    ld      %r4, 112(%r1)
    mtlr    %r4
    ld      %r13, 176(%r1)
    .irp    n, 5,6,7,8,9,10,11,12
    ld      \n, (48 + 8 * (\n - 5))(%r1)
    .endr
    ld      %r2, 40(%r1)
    ld      %r0, 32(%r1)
    ld      %r3, 120(%r1)
    ld      %r4, 128(%r1)
    addi    %r1, %r1, FRAME + RED_ZONE
    rfid

    .bss
    .balign 16
    .skip   STACK_SIZE
stack_top:

    .section .note.GNU-stack, "", @progbits
