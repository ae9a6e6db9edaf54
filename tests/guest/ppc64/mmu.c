/*
 * A radix tree with pages of 1 GiB
 *
 * A pseries guest reaches registers of devices only with translation on.  The
 * tree has two levels: 13 bits of the address (512 GiB an entry), then 9 bits
 * (1 GiB).  Process 0 is all there is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hcall.h"
#include "mmu.h"
#include "runtime.h"

#define ROOT_BITS       13
#define NODE_BITS       9
#define PAGE_BITS       30
#define NODES           8

#define ENTRY_VALID     (1ull << 63)
#define ENTRY_LEAF      (1ull << 62)
#define ENTRY_REFERENCED 0x100ull
#define ENTRY_CHANGED   0x080ull
#define ENTRY_DEVICE    0x020ull        /* non-idempotent I/O */
#define ENTRY_KERNEL    0x008ull
#define ENTRY_READ_WRITE 0x006ull
#define ENTRY_EXECUTE   0x001ull
#define ENTRY_ACCESS    (ENTRY_REFERENCED | ENTRY_CHANGED | ENTRY_KERNEL | \
                         ENTRY_READ_WRITE | ENTRY_EXECUTE)

/* 52 bits: the architecture writes 52 - 31 in two parts */
#define TREE_SIZE       (2ull << 61 | 5ull << 5)

#define PROC_TBL_NEW    0x18
#define PROC_TBL_RADIX  0x04

static uint64_t root[1 << ROOT_BITS] __attribute__((aligned(8 << ROOT_BITS)));
static uint64_t nodes[NODES][1 << NODE_BITS] __attribute__((aligned(4096)));
static uint64_t processes[512] __attribute__((aligned(4096)));
static unsigned used;

static void map(uint64_t address, uint64_t attributes)
{
    uint64_t *entry = &root[address >> (PAGE_BITS + NODE_BITS)];
    uint64_t *node;

    if (!*entry) {
        if (used == NODES) {
            give_up("mmu: more regions than nodes");
        }
        *entry = ENTRY_VALID | (uintptr_t)nodes[used++] | NODE_BITS;
    }
    node = (uint64_t *)(uintptr_t)(*entry & ~ENTRY_VALID & ~0xffull);
    node[address >> PAGE_BITS & ((1 << NODE_BITS) - 1)] =
        ENTRY_VALID | ENTRY_LEAF | address >> PAGE_BITS << PAGE_BITS |
        ENTRY_ACCESS | attributes;
    /* Nothing was there before, so no stale translation can be. */
    asm volatile("ptesync" : : : "memory");
}

void mmu_map_registers(uint64_t address)
{
    map(address, ENTRY_DEVICE);
}

void mmu_start(void)
{
    map(0, 0);
    processes[0] = TREE_SIZE | (uintptr_t)root | ROOT_BITS;
    asm volatile("ptesync" : : : "memory");
    HCALL_MUST(H_REGISTER_PROC_TBL, PROC_TBL_NEW | PROC_TBL_RADIX,
               (uintptr_t)processes, 0, 0);
    asm volatile("mtspr 48,%0; isync" : : "r"(0ull));     /* PIDR */
    msr_write(msr_read() | MSR_IR | MSR_DR);
}
