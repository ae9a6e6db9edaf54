"""What calls cost on a real kernel, so that unlike ones can be compared.

The emulated host answers VFIO's calls from another process, so their time here
says nothing; and here nobody waits for a second processor.  Measured once in a
guest with the real vfio-pci driver, in microseconds:

    vCPUs                                         1       2
    two swaps of an MSI-X eventfd, to and fro    65      72
    KVM_IRQFD, deassign                          48     175
    KVM_IRQFD, assign                             4       8
    KVM_SET_GSI_ROUTING, 8 routes                21     145
    KVM_SET_GSI_ROUTING, 64 routes               39     170

A swap is free_irq() and request_irq(), and each counts as half of it, wherever
it comes from.  Routings grow with the routes as between 8 and 64.

SPDX-License-Identifier: GPL-2.0-or-later
"""

RAW = {1: {'swaps': 65, 'deassign': 48, 'assign': 4, 'few': 21, 'many': 39},
       2: {'swaps': 72, 'deassign': 175, 'assign': 8, 'few': 145, 'many': 170}}
FEW, MANY = 8, 64                       # routes


def microseconds(calls, vcpus, routes):
    """The cost of an action that makes these calls"""
    raw = RAW[vcpus]
    grown = (max(routes, FEW) - FEW) / (MANY - FEW)
    routing = raw['few'] + grown * (raw['many'] - raw['few'])
    return ((calls['requests'] + calls['frees']) * raw['swaps'] / 4 +
            calls['assigns'] * raw['assign'] +
            calls['deassigns'] * raw['deassign'] +
            calls['routings'] * routing)
