/*
 * Entry from the multiboot loader and the interrupt stubs
 *
 * The loader leaves the processor in 32-bit protected mode without paging and
 * with interrupts off; nothing else about its state is relied on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define MULTIBOOT_MAGIC     0x1badb002
#define MULTIBOOT_FLAGS     0x00000002  /* memory information, please */
#define STACK_SIZE          0x4000
#define FLAGS_IF            0x200

    .section .multiboot, "a"
    .balign 4
    .long   MULTIBOOT_MAGIC
    .long   MULTIBOOT_FLAGS
    .long   -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

    .text
    .globl  start
start:
    cli
    cld
    movl    $stack_top, %esp
    lgdt    gdt_pointer
    ljmp    $0x08, $1f
1:
    movl    $0x10, %ecx
    movl    %ecx, %ds
    movl    %ecx, %es
    movl    %ecx, %fs
    movl    %ecx, %gs
    movl    %ecx, %ss
    pushl   %ebx                    /* the multiboot information */
    call    runtime_start           /* does not return */
2:
    cli
    hlt
    jmp     2b

/*
 * One stub a vector, 16 bytes apart so that the IDT is filled by arithmetic.
 * Exceptions with an error code need no care: they end the guest.
 */
    .balign 16
    .globl  irq_stubs
irq_stubs:
    .set    vector, 0
    .rept   256
    .balign 16
    pushl   $vector
    jmp     irq_entry
    .set    vector, vector + 1
    .endr

/*
 * Interrupts only, as exceptions do not come back.  The return is put together
 * from simpler instructions, because KVM on a processor without virtualisation
 * emulates this guest and knows no iret in protected mode: the flags with
 * interrupts off, then sti, in whose shadow the far return is safe from the
 * next interrupt, so that the stack cannot grow with their number.
 */
irq_entry:
    pushal
    movl    32(%esp), %eax          /* the vector */
    leal    32(%esp), %edx          /* what the processor pushed, above it */
    pushl   %edx
    pushl   %eax
    cld
    call    irq_dispatch
    addl    $8, %esp
    movl    44(%esp), %eax          /* the flags, to where the vector was */
    andl    $~FLAGS_IF, %eax
    movl    %eax, 32(%esp)
    popal
    popfl
    sti
    lret    $4                      /* and drop the flags the processor left */

    .section .rodata
    .balign 8
gdt:
    .quad   0
    .quad   0x00cf9b000000ffff      /* flat code */
    .quad   0x00cf93000000ffff      /* flat data */
gdt_end:
gdt_pointer:
    .word   gdt_end - gdt - 1
    .long   gdt

    .bss
    .balign 16
    .skip   STACK_SIZE
stack_top:

    .section .note.GNU-stack, "", @progbits
