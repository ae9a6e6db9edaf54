/*
 * The VFIO host, inside: one state, and what its files offer each other
 *
 *   vfio-host.c             life and the public functions
 *   vfio-host-launcher.c    the seccomp filter; becomes QEMU
 *   vfio-host-supervisor.c  the thread that receives QEMU's calls
 *   vfio-host-caller.c      memory and descriptors of the calling process
 *   vfio-host-legacy.c      container, group and sysfs
 *   vfio-host-iommufd.c     iommufd
 *   vfio-host-dma.c         DMA mappings of either
 *   vfio-host-device.c      VFIO_DEVICE_* but SET_IRQS
 *   vfio-host-irqs.c        SET_IRQS: arguments, actions
 *   vfio-host-intx.c        INTx in the host kernel
 *   vfio-host-msi.c         MSI and MSI-X in the host kernel
 *   vfio-host-config.c      config space, virtualised
 *   vfio-host-function.c    the device: registers, edges, level
 *   vfio-host-table.c       its MSI-X table and PBA
 *   vfio-host-auto.c        the device's edges by itself
 *   vfio-host-intx-auto.c   the device's line by itself
 *   vfio-host-kvm.c         KVM calls that concern VFIO
 *   vfio-host-fault.c       calls made to fail
 *
 * Everything below is called with VfioHost.lock held unless it says otherwise.
 * Functions that answer a system call return its result or -errno.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_HOST_VFIO_HOST_PRIVATE_H
#define TESTS_HOST_VFIO_HOST_PRIVATE_H

#include <poll.h>
#include <sys/types.h>

#include "vfio-host.h"
#include "vfio-host-abi.h"
#include "vfio-host-regs.h"

#define HOST_CONFIG_SIZE        4096
#define HOST_CONVENTIONAL_SIZE  256
#define HOST_SYSFS_CONFIG_SIZE  64      /* what everybody may read */
#define HOST_GROUP_ID           4951
#define HOST_MAX_VECTORS        2048

/*
 * A region's place in the device file.  Bit 40 and up, plus a bit that no
 * ordinary file offset has, lets the seccomp filter see by the offset alone
 * that a pwrite is for a trapped region.
 */
#define HOST_REGION_SHIFT       40
#define HOST_REGION_FIRST       16
#define HOST_REGION_OFFSET(n)   \
    ((uint64_t)(HOST_REGION_FIRST + (n)) << HOST_REGION_SHIFT)
#define HOST_REGION_MASK        (~(((uint64_t)1 << HOST_REGION_SHIFT) - 1))

/* ---- calls that can be made to fail -------------------------------------- */

typedef enum HostCall {
    CALL_GET_INFO,
    CALL_REGION_INFO,
    CALL_IRQ_INFO,
    CALL_RESET,
    CALL_FEATURE,
    CALL_HOT_RESET_INFO,
    CALL_HOT_RESET,
    CALL_SET_IRQS,
    CALL_INTX_ENABLE,
    CALL_INTX_DISABLE,
    CALL_INTX_TRIGGER,
    CALL_INTX_MASK,
    CALL_INTX_UNMASK,
    CALL_INTX_UNMASK_EVENTFD,
    CALL_MSI_ENABLE,
    CALL_MSI_DISABLE,
    CALL_MSI_TRIGGER,
    CALL_MSIX_ENABLE,
    CALL_MSIX_DISABLE,
    CALL_MSIX_TRIGGER,
    CALL_ERR_TRIGGER,
    CALL_REQ_TRIGGER,
    CALL_REQUEST_IRQ,
    CALL_CONFIG_WRITE,
    CALL_REGION_WRITE,
    CALL_BIND_IOMMUFD,
    CALL_ATTACH,
    CALL_DETACH,
    CALL_IOAS_ALLOC,
    CALL_IOAS_IOVA_RANGES,
    CALL_IOAS_MAP,
    CALL_IOAS_UNMAP,
    CALL_IOAS_COPY,
    CALL_IOAS_CHANGE_PROCESS,
    CALL_HWPT_ALLOC,
    CALL_HW_INFO,
    CALL_IOMMU_DESTROY,
    CALL_OPEN_CONTAINER,
    CALL_OPEN_GROUP,
    CALL_API_VERSION,
    CALL_CHECK_EXTENSION,
    CALL_GROUP_STATUS,
    CALL_SET_CONTAINER,
    CALL_UNSET_CONTAINER,
    CALL_DEVICE_FD,
    CALL_SET_IOMMU,
    CALL_IOMMU_INFO,
    CALL_MAP_DMA,
    CALL_UNMAP_DMA,
    CALL_EEH_OP,
    CALL_KVM_VFIO,
    CALL_KVM_IRQFD,
    CALL_KVM_IRQFD_DEASSIGN,
    CALL_KVM_GSI_ROUTING,
    CALL__COUNT
} HostCall;

typedef struct HostFault {
    unsigned skip;
    unsigned count;
    int err;
} HostFault;

/* ---- state --------------------------------------------------------------- */

/** A vector: what the device has of it, and what the host kernel has. */
typedef struct HostVector {
    /* device */
    uint32_t raised;
    uint32_t acked;
    bool busy;              /* waits for its acknowledge */
    bool pending;           /* its bit in the device's PBA */
    /* host kernel */
    bool allocated;         /* has a Linux irq number */
    int trigger;            /* our copy of the eventfd; -1: no irq requested */
    bool in_flight;         /* accepted by the CPU, handler has not run */
    int64_t land_at;        /* its deadline in us; 0: by vfio_host_land() */
    uint32_t discarded;
} HostVector;

/** INTx: the line, the interrupt controller and the driver's context. */
typedef struct HostIntx {
    bool level;             /* what the device drives */
    int64_t since;          /* when it last changed, us */
    uint32_t sequence;      /* times that it rose, ever */
    bool armed;             /* lazy_level: the controller would raise again */
    bool masked;            /* by the driver: handler, ioctl or config space */
    bool guest_disabled;    /* DisINTx as the guest wrote it */
    int trigger;            /* eventfd; -1: none */
    int unmask;             /* eventfd that unmasks; -1: none */
    bool resend;            /* late_resend: work that will signal */
} HostIntx;

/** A DMA mapping. */
typedef struct HostMapping {
    uint32_t space;         /* IOAS, or 0 for the container */
    uint64_t iova, last;
} HostMapping;

typedef struct HostAuto {
    uint32_t period_us, vectors, seed, in_flight_every, land_us;
    uint32_t left;          /* edges still to raise */
    uint32_t rng;
    uint32_t issued;
    int64_t next;           /* time of the next edge, us */
    GQueue landing;         /* its edges in flight, by deadline */
} HostAuto;

typedef struct HostIntxAuto {
    uint32_t delay_us, hold_us;
    uint32_t left;          /* assertions still to make */
} HostIntxAuto;

/** An open file object that we stand in for; a memfd tells it apart. */
typedef struct HostFile {
    int fd;
    dev_t dev;
    ino_t ino;
} HostFile;

typedef enum HostFileKind {
    FILE_DEVICE,
    FILE_IOMMUFD,
    FILE_CONTAINER,
    FILE_GROUP,
    FILE__COUNT,
    FILE_OTHER = FILE__COUNT,
} HostFileKind;

/** A process tree under our filter. */
typedef struct HostListener {
    int fd;                 /* seccomp's */
    pid_t tgid;             /* process that pidfd is for */
    int pidfd;
    pid_t tid;              /* last thread found to belong to tgid */
} HostListener;

/** One system call that waits for our answer. */
typedef struct HostCaller {
    HostListener *listener;
    uint64_t id;
    pid_t tid;
} HostCaller;

struct VfioHost {
    GMutex lock;            /* the first function's comes first */
    VfioHost *first;        /* of a second function; else itself */
    VfioHost *second;       /* of the first; or NULL */
    VfioHostConfig config;
    char *name;
    bool conventional;      /* plain PCI, no express capability */
    bool busy_protocol;
    bool stamp_signals;
    VfioHostStats stats;
    HostFault faults[CALL__COUNT];
    unsigned failed;

    /* supervisor; of the first function only */
    GThread *thread;
    int wake[2];            /* pipe: stop, or look again */
    int launch[2];          /* socket pair: [1] is inherited by launchers */
    int timer;
    bool stop;
    GPtrArray *listeners;
    HostListener *owner;    /* who has the device open */

    /* files and memory */
    HostFile files[FILE__COUNT];
    uint8_t *bar0, *bar2, *bar4, *cfg;
    unsigned config_size;
    char *sysfs;            /* legacy: made-up directory, or NULL */
    uint8_t *sysfs_config;  /* its file "config", or NULL */

    /* host kernel */
    unsigned active;        /* irq index in use; VFIO_PCI_NUM_IRQS: none */
    uint16_t real_command;
    HostIntx intx;
    HostVector vector[HOST_MAX_VECTORS];
    int err_trigger, req_trigger;
    GArray *dma;            /* of HostMapping */
    uint32_t next_id;       /* iommufd object numbers */
    GHashTable *objects;
    bool container_set;     /* legacy: the group is in the container */
    unsigned iommu_type;

    /* device */
    HostAuto automatic;
    HostIntxAuto intx_auto;
};

/* ---- vfio-host-launcher.c ------------------------------------------------ */

#define HOST_LAUNCHER_ARG       "--vfio-host-launcher"
#define HOST_TRAP_OPEN          1u      /* legacy: /dev/vfio */
#define HOST_TRAP_KVM           2u      /* count_kvm */
#define HOST_TRAP_KVM_CAP       4u      /* kvm_routes */
#define HOST_TRAP_BARS          4u      /* count_bars */

/* ---- vfio-host-supervisor.c (lock not held) ------------------------------ */

void vfio_host_supervisor_start(VfioHost *host);
void vfio_host_supervisor_stop(VfioHost *host);
/** Make the supervisor look at its descriptors again; with or without lock. */
void vfio_host_supervisor_kick(VfioHost *host);

/* ---- vfio-host-caller.c -------------------------------------------------- */

int vfio_host_caller_read(HostCaller *caller, uint64_t addr, void *buf,
                          size_t len);
int vfio_host_caller_write(HostCaller *caller, uint64_t addr, const void *buf,
                           size_t len);
/** Like caller_read, for a string that ends within @len. */
int vfio_host_caller_read_string(HostCaller *caller, uint64_t addr, char *buf,
                                 size_t len);
/** Our own copy of the caller's descriptor, or -EBADF. */
int vfio_host_caller_get_fd(HostCaller *caller, int fd);
/** Likewise if it is an eventfd, or -EINVAL. */
int vfio_host_caller_get_eventfd(HostCaller *caller, int fd);
/** The caller still has the eventfd that our @eventfd is a copy of. */
bool vfio_host_caller_has_eventfd(HostCaller *caller, int eventfd);
/** A copy of @fd in the caller: its number there. */
int vfio_host_caller_add_fd(HostCaller *caller, int fd, bool cloexec);
/** Which of our files the caller's descriptor is. */
HostFileKind vfio_host_caller_file(VfioHost *host, HostCaller *caller, int fd);
/** The caller's descriptor is an anonymous inode of this kind ("kvm-vfio"). */
bool vfio_host_caller_is_anon(HostCaller *caller, int fd, const char *kind);

/* ---- system calls by file ------------------------------------------------ */

int64_t vfio_host_device_ioctl(VfioHost *host, HostCaller *caller,
                               unsigned cmd, uint64_t arg);
int64_t vfio_host_device_feature(VfioHost *host, HostCaller *caller,
                                 uint64_t arg);
int64_t vfio_host_iommufd_ioctl(VfioHost *host, HostCaller *caller,
                                unsigned cmd, uint64_t arg);
int64_t vfio_host_container_ioctl(VfioHost *host, HostCaller *caller,
                                  unsigned cmd, uint64_t arg);
int64_t vfio_host_group_ioctl(VfioHost *host, HostCaller *caller,
                              unsigned cmd, uint64_t arg);
/** @through: set if the kernel shall do the call itself. */
int64_t vfio_host_open(VfioHost *host, HostCaller *caller, uint64_t path,
                       int flags, bool *through);
int64_t vfio_host_kvm_ioctl(VfioHost *host, HostCaller *caller, int fd,
                            unsigned cmd, uint64_t arg, bool *through);
int64_t vfio_host_config_write(VfioHost *host, uint32_t offset,
                               const uint8_t *data, unsigned len);
int64_t vfio_host_bar_write(VfioHost *host, unsigned bar, uint32_t offset,
                            const uint8_t *data, unsigned len);

/* ---- vfio-host-legacy.c -------------------------------------------------- */

void vfio_host_legacy_make_sysfs(VfioHost *host);
void vfio_host_legacy_remove_sysfs(VfioHost *host);
/** The group leaves the container. */
void vfio_host_legacy_close(VfioHost *host);

/* ---- vfio-host-iommufd.c ------------------------------------------------- */

/** Every object and mapping goes. */
void vfio_host_iommufd_close(VfioHost *host);

/* ---- vfio-host-dma.c ----------------------------------------------------- */

int vfio_host_dma_map(VfioHost *host, uint32_t space, uint64_t iova,
                      uint64_t len);
/** Bytes unmapped; only whole mappings go. */
uint64_t vfio_host_dma_unmap(VfioHost *host, uint32_t space, uint64_t iova,
                             uint64_t last);

/* ---- vfio-host-device.c -------------------------------------------------- */

void vfio_host_device_open(VfioHost *host, HostListener *owner);
void vfio_host_device_close(VfioHost *host);
unsigned vfio_host_irq_count(VfioHost *host, unsigned index);

/* ---- vfio-host-irqs.c ---------------------------------------------------- */

int64_t vfio_host_set_irqs(VfioHost *host, HostCaller *caller, uint64_t arg);
/** What vfio-pci does with its own handlers at close: all irqs off. */
void vfio_host_irqs_disable_all(VfioHost *host);
void vfio_host_eventfd_signal(int fd);

/** A SET_IRQS call whose header has been checked. */
typedef struct HostIrqSet {
    HostCaller *caller;
    unsigned index, start, count;
    uint32_t data;              /* VFIO_IRQ_SET_DATA_* */
    const uint8_t *bools;       /* with DATA_BOOL */
    const int32_t *fds;         /* with DATA_EVENTFD */
} HostIrqSet;

/* ---- vfio-host-intx.c ---------------------------------------------------- */

int64_t vfio_host_intx_set_trigger(VfioHost *host, const HostIrqSet *set);
int64_t vfio_host_intx_set_mask(VfioHost *host, const HostIrqSet *set);
int64_t vfio_host_intx_set_unmask(VfioHost *host, const HostIrqSet *set);
void vfio_host_intx_disable(VfioHost *host);
void vfio_host_intx_guest_disable(VfioHost *host, bool disable);
void vfio_host_intx_line(VfioHost *host, bool level);
/** Look whether the guest has acknowledged in memory. */
void vfio_host_intx_look(VfioHost *host);
/** The unmask eventfd has become readable. */
void vfio_host_intx_unmask_event(VfioHost *host);
/** The work that it left has been done. */
void vfio_host_intx_resend(VfioHost *host);

/* ---- vfio-host-msi.c ----------------------------------------------------- */

int64_t vfio_host_msi_set_trigger(VfioHost *host, const HostIrqSet *set);
void vfio_host_msi_disable(VfioHost *host);
/** Take the eventfds of these vectors away. */
void vfio_host_msi_detach(VfioHost *host, unsigned start, unsigned count);

/* ---- vfio-host-config.c -------------------------------------------------- */

void vfio_host_config_init(VfioHost *host);
/** sysfs_config has come: show it what the device itself has. */
void vfio_host_config_show_sysfs(VfioHost *host);
void vfio_host_config_set_status(VfioHost *host, bool intx_level);
/** A register of the vendor-specific capability. */
void vfio_host_config_set_register(VfioHost *host, uint32_t reg,
                                   uint32_t value);
/** The physical enable bits of MSI and MSI-X. */
void vfio_host_config_set_msi(VfioHost *host, unsigned index, bool enabled);
/** The mask and pending bits of MSI, if it has any. */
void vfio_host_config_set_msi_mask(VfioHost *host, unsigned vector, bool mask);
bool vfio_host_config_msi_masked(VfioHost *host, unsigned vector);
void vfio_host_config_set_msi_pending(VfioHost *host, unsigned vector,
                                      bool pending);
/** Set or clear DisINTx in the physical command register, if it exists. */
void vfio_host_config_real_disintx(VfioHost *host, bool disable);

/* ---- vfio-host-function.c ------------------------------------------------ */

void vfio_host_function_init(VfioHost *host);
/** Function level reset: registers, line, pending bits. */
void vfio_host_function_reset(VfioHost *host);
void vfio_host_function_raise(VfioHost *host, unsigned vector, bool in_flight,
                              int64_t land_at);
bool vfio_host_function_land(VfioHost *host, unsigned vector);
void vfio_host_function_ack(VfioHost *host, unsigned vector);
void vfio_host_function_set_busy_protocol(VfioHost *host, bool on);
/** A trigger was installed: send what was kept in the PBA. */
void vfio_host_function_unmasked(VfioHost *host, unsigned vector);
/** Likewise for all, after mask bits changed. */
void vfio_host_function_unmask_pending(VfioHost *host);
void vfio_host_function_clear_counters(VfioHost *host);
/** Make vector and device state visible in BAR 0. */
void vfio_host_function_publish(VfioHost *host);
/** What a handler of INTx looks at. */
void vfio_host_function_publish_intx(VfioHost *host);
void vfio_host_function_publish_vector(VfioHost *host, unsigned vector);

/* ---- vfio-host-table.c --------------------------------------------------- */

void vfio_host_table_init(VfioHost *host);
void vfio_host_table_set_pending(VfioHost *host, unsigned vector, bool pending);
void vfio_host_table_set_mask(VfioHost *host, unsigned vector, bool mask);
bool vfio_host_table_masked(VfioHost *host, unsigned vector);
/** False if the place is not in the table. */
bool vfio_host_table_write(VfioHost *host, unsigned bar, uint32_t offset,
                           const uint8_t *data, unsigned len);

/* ---- vfio-host-auto.c ---------------------------------------------------- */

uint32_t *vfio_host_auto_register(VfioHost *host, uint32_t offset);
void vfio_host_auto_start(VfioHost *host, uint32_t count);
void vfio_host_auto_stop(VfioHost *host);
void vfio_host_auto_free(VfioHost *host);
/** Do what is due; returns the time of the next event in us, 0 for none. */
int64_t vfio_host_auto_run(VfioHost *host);

/* ---- vfio-host-intx-auto.c ----------------------------------------------- */

uint32_t *vfio_host_intx_auto_register(VfioHost *host, uint32_t offset);
void vfio_host_intx_auto_start(VfioHost *host, uint32_t count);
void vfio_host_intx_auto_stop(VfioHost *host);
/** Do what is due; returns the time of the next event in us, 0 for none. */
int64_t vfio_host_intx_auto_run(VfioHost *host);

/* ---- vfio-host-fault.c --------------------------------------------------- */

/** -errno if this call is one that a test wants to fail, else 0. */
int vfio_host_fault(VfioHost *host, HostCall call);

#endif /* TESTS_HOST_VFIO_HOST_PRIVATE_H */
