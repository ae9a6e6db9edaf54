/*
 * Registers of the test function, PCI 1234:4951
 *
 * Shared by the userspace VFIO host and by the bare-metal guests, so it holds
 * constants only.  All registers are 32 bits wide, little-endian and in BAR 0.
 * Writes to BAR 0 and to the BAR of the table reach the device at once, so
 * these are never mapped directly.  BAR 4 is 64 KiB of plain memory that can
 * be, but for its last words: the INTx line's, and the stamp if that is
 * switched on.  A guest that wants to touch no BAR drives INTx by the
 * vendor-specific capability in configuration space.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_HOST_VFIO_HOST_REGS_H
#define TESTS_HOST_VFIO_HOST_REGS_H

#define IRQTEST_VENDOR_ID       0x1234
#define IRQTEST_DEVICE_ID       0x4951
#define IRQTEST_BAR0_SIZE       0x20000     /* 128 KiB */
#define IRQTEST_BAR2_SIZE       0x10000     /* table and PBA: 64 KiB */
#define IRQTEST_BAR4_SIZE       0x10000     /* plain memory: 64 KiB */

#define IRQTEST_ID              0x000       /* RO: IRQTEST_ID_VALUE */
#define IRQTEST_ID_VALUE        0x52494656  /* "VFIR" */
#define IRQTEST_VERSION         0x004       /* RO: 1 */
#define IRQTEST_VECTORS         0x008       /* RO: MSI-X vectors */

/* WO: raise an edge.  Bits 15:0 vector. */
#define IRQTEST_RAISE           0x010
#define IRQTEST_RAISE_IN_FLIGHT     (1u << 31)  /* accepted, not yet handled */
/* WO: let the edge in flight of a vector reach its handler. */
#define IRQTEST_LAND            0x014
#define IRQTEST_LAND_ALL            (1u << 31)
/* WO: acknowledge: the vector may raise again.  Bits 15:0 vector. */
#define IRQTEST_ACK             0x018
/* RW: bit 0 is the level of the INTx line.  Writing 0 acknowledges. */
#define IRQTEST_INTX            0x01c
#define IRQTEST_CONTROL         0x020
#define IRQTEST_CONTROL_BUSY        (1u << 0)   /* no message till last acked */
#define IRQTEST_CONTROL_STAMP       (1u << 1)   /* stamp signals, in BAR 4 */
/* WO: bit 0 sets all counters of the device to zero. */
#define IRQTEST_CLEAR           0x024

/*
 * Raise by itself, concurrently with what the guest does: COUNT more edges,
 * one each PERIOD microseconds, on vectors 0..VECTORS-1 in a pseudo-random
 * order given by SEED; every IN_FLIGHT_EVERY-th is put in flight (0: none) and
 * lands after LAND_US microseconds unless a swap discarded it.  With the busy
 * protocol a vector that waits for its acknowledge is passed over.
 * A write to AUTO_COUNT starts; the register reads what is left.
 */
#define IRQTEST_AUTO_PERIOD_US  0x040
#define IRQTEST_AUTO_VECTORS    0x044
#define IRQTEST_AUTO_SEED       0x048
#define IRQTEST_AUTO_IN_FLIGHT_EVERY 0x04c
#define IRQTEST_AUTO_LAND_US    0x050
#define IRQTEST_AUTO_COUNT      0x054

/*
 * INTx, likewise: raise the line COUNT more times, each time DELAY
 * microseconds after it fell.  If HOLD is not 0 the line falls by itself after
 * so many microseconds, whoever raised it; otherwise it stays high until it is
 * acknowledged.  A write to COUNT starts; the register reads what is left.
 */
#define IRQTEST_INTX_AUTO_COUNT     0x060
#define IRQTEST_INTX_AUTO_DELAY_US  0x064
#define IRQTEST_INTX_HOLD_US        0x068
/* RO: times that the line has risen, ever: the number of this assertion. */
#define IRQTEST_INTX_SEQUENCE       0x06c

/* RO: counters, 32 bits, as in VfioHostStats. */
#define IRQTEST_RAISED          0x080
#define IRQTEST_SIGNALLED       0x084
#define IRQTEST_DISCARDED       0x088
#define IRQTEST_COALESCED       0x08c
#define IRQTEST_HELD_MASKED     0x090
#define IRQTEST_SET_IRQS        0x094
#define IRQTEST_IRQ_REQUESTS    0x098
#define IRQTEST_SWAPS           0x09c
#define IRQTEST_TEARDOWNS       0x0a0
#define IRQTEST_INTX_SIGNALLED  0x0a4
#define IRQTEST_IRQ_FREES       0x0a8
#define IRQTEST_SET_IRQS_TRIGGER 0x0ac
/* These stay zero unless the host counts KVM's calls. */
#define IRQTEST_KVM_IRQFD_ASSIGN    0x0b0
#define IRQTEST_KVM_IRQFD_DEASSIGN  0x0b4
#define IRQTEST_KVM_SET_GSI_ROUTING 0x0b8
#define IRQTEST_INTX_RAISED         0x0bc
#define IRQTEST_INTX_MASK           0x0c0
#define IRQTEST_INTX_UNMASK         0x0c4
/* These stay zero unless the host counts the accesses to BARs. */
#define IRQTEST_BAR_READS           0x0c8
#define IRQTEST_BAR_WRITES          0x0cc

/* RO: one 16-byte record a vector. */
#define IRQTEST_VECTOR(n)       (0x2000 + 16 * (n))
#define IRQTEST_VECTOR_RAISED       0x0
#define IRQTEST_VECTOR_ACKED        0x4
#define IRQTEST_VECTOR_STATE        0x8
#define IRQTEST_VECTOR_BUSY             (1u << 0)   /* waits for its ack */
#define IRQTEST_VECTOR_IN_FLIGHT        (1u << 1)
#define IRQTEST_VECTOR_LIVE             (1u << 2)   /* has a host trigger */
#define IRQTEST_VECTOR_DISCARDED    0xc

/* Table and PBA: in BAR 2, or at these offsets of BAR 0. */
#define IRQTEST_TABLE_IN_BAR0   0x10000     /* 2048 entries: 32 KiB */
#define IRQTEST_PBA_IN_BAR0     0x01800     /* in the second page */
#define IRQTEST_TABLE_IN_BAR2   0x00000
#define IRQTEST_PBA_IN_BAR2     0x08000

/*
 * INTx without a trapped access, as a device with a queue in memory has it.
 * The device writes the number of the assertion before it raises the line; the
 * guest acknowledges by writing that number to the word after it.  Nobody sees
 * that write: the line falls when the host next looks at it, which it does at
 * an unmask before anything else.
 */
#define IRQTEST_INTX_SEQUENCE_IN_BAR4   0x0fff0
#define IRQTEST_INTX_ACK_IN_BAR4        0x0fff4

/*
 * With CONTROL_STAMP: the host's TSC, 64 bits, right before it last signalled
 * an eventfd for a vector.  In memory that the guest reads without an exit, so
 * that a guest that polls can find out how its own TSC differs.
 */
#define IRQTEST_STAMP_IN_BAR4   0x0fff8

/*
 * Vendor-specific capability: offsets from its start.  INTX, INTX_SEQUENCE and
 * INTX_AUTO_COUNT are the registers of these names, INTX_SIGNALLED the counter.
 */
#define IRQTEST_CAP_INTX                0x04
#define IRQTEST_CAP_INTX_SEQUENCE       0x08
#define IRQTEST_CAP_INTX_AUTO_COUNT     0x0c
#define IRQTEST_CAP_INTX_SIGNALLED      0x10
#define IRQTEST_CAP_SIZE                0x14

#endif /* TESTS_HOST_VFIO_HOST_REGS_H */
