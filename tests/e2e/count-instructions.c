/*
 * A TCG plugin that counts what a whole emulated machine executes between two
 * marks of a program in it
 *
 * The marks are no-ops, of which a program in any level of nesting can execute
 * one without a word to the kernels and hypervisors below it; see mark-count.h.
 * With the second one a line "instructions N" goes to QEMU's log (-d plugin):
 * those of all processors since the first, in all levels. Each instruction is
 * counted as it begins, so one that faults counts again when it is repeated.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <inttypes.h>
#include <qemu-plugin.h>
#include <string.h>
#include "mark-count.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static qemu_plugin_u64 executed;
static uint64_t at_begin;

static void begin(unsigned int cpu, void *unused)
{
    at_begin = qemu_plugin_u64_sum(executed);
}

static void end(unsigned int cpu, void *unused)
{
    g_autofree char *line =
        g_strdup_printf("instructions %" PRIu64 "\n",
                        qemu_plugin_u64_sum(executed) - at_begin);

    qemu_plugin_outs(line);
}

static const struct {
    const char *bytes;
    size_t size;
    qemu_plugin_vcpu_udata_cb_t call;
} marks[] = {
    { X86_BEGIN, sizeof(X86_BEGIN) - 1, begin },
    { X86_END, sizeof(X86_END) - 1, end },
    { PPC_BEGIN, sizeof(PPC_BEGIN) - 1, begin },
    { PPC_END, sizeof(PPC_END) - 1, end },
};

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
        char bytes[16];
        size_t size = qemu_plugin_insn_data(insn, bytes, sizeof(bytes));

        qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
            insn, QEMU_PLUGIN_INLINE_ADD_U64, executed, 1);
        for (size_t mark = 0; mark < G_N_ELEMENTS(marks); mark++) {
            if (size == marks[mark].size &&
                !memcmp(bytes, marks[mark].bytes, size)) {
                qemu_plugin_register_vcpu_insn_exec_cb(
                    insn, marks[mark].call, QEMU_PLUGIN_CB_NO_REGS, NULL);
            }
        }
    }
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
                                           const qemu_info_t *info, int argc,
                                           char **argv)
{
    executed = qemu_plugin_scoreboard_u64(
        qemu_plugin_scoreboard_new(sizeof(uint64_t)));
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
