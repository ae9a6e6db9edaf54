"""What an emulator answers to the questions that libvirt asks before it uses one.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import hashlib
import json
import subprocess

MACHINE = {'x86_64': 'pc-q35-10.0-machine', 'ppc64': 'pseries-10.0-machine'}
COMMANDS = ['query-version', 'query-target', 'query-machines', 'query-cpu-definitions',
            'query-command-line-options', 'query-migrate-capabilities', 'query-kvm',
            'query-commands', 'query-chardev-backends', 'query-iothreads']
DEVICES = ['vfio-pci', 'vfio-pci-nohotplug', 'virtio-net-pci', 'nvme', 'e1000e',
           'pcie-root-port', 'virtio-blk-pci']


def questions(target):
    """Name, command and arguments of each"""
    for command in COMMANDS:
        yield command, command, {}
    yield 'types', 'qom-list-types', {}
    for device in DEVICES:
        yield f'properties of {device}', 'device-list-properties', {'typename': device}
    yield 'properties of the machine', 'qom-list-properties', {'typename': MACHINE[target]}
    if target == 'x86_64':
        yield 'cpu model', 'query-cpu-model-expansion', {'type': 'full', 'model': {'name': 'max'}}
    yield 'schema', 'query-qmp-schema', {}


def ask(emulator, target):
    """All answers, and what the two options print that libvirt has used for long"""
    arguments = [emulator, '-S', '-no-user-config', '-nodefaults', '-nographic',
                 '-machine', 'none,accel=tcg', '-qmp', 'stdio', '-monitor', 'none']
    answers = {}
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as qemu:
        qemu.stdout.readline()
        for name, command, args in [('negotiation', 'qmp_capabilities', {}), *questions(target)]:
            print(json.dumps({'execute': command, 'arguments': args}), file=qemu.stdin, flush=True)
            answer = json.loads(qemu.stdout.readline())
            answers[name] = answer.get('return', f'refused: {answer}')
        qemu.kill()
    answers['schema'] = meanings(answers['schema'])
    for option in ['-M', '-device', '-cpu']:
        answers[f'{option} help'] = subprocess.run(
            [emulator, option, 'help'], check=True, capture_output=True, text=True).stdout
    return answers


def meanings(schema):
    """Commands and events by what they mean: types are numbered in the order of
    their use, and an addition changes all the numbers"""
    labels = {entry['name']: '' for entry in schema}

    def label(value, key=''):
        if isinstance(value, dict):
            return {k: label(v, k) for k, v in value.items()
                    if k != 'name' or 'meta-type' not in value}
        if isinstance(value, list):
            return [label(item, key) for item in value]
        return labels[value] if key.endswith('type') and value in labels else value

    for _ in range(12):         # deeper than any type is nested
        labels = {entry['name']: hashlib.sha256(
            json.dumps(label(entry), sort_keys=True).encode()).hexdigest() for entry in schema}
    return {entry['name']: labels[entry['name']] for entry in schema
            if entry['meta-type'] in ('command', 'event')}
