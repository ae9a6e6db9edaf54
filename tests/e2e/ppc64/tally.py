"""The counts of one case.

SPDX-License-Identifier: GPL-2.0-or-later
"""


class Tally:
    """What the three levels had counted when level 2 had put its functions down, or
    when it had died"""
    def __init__(self):
        self.values = {}

    complete = property(lambda self: 'lines' in self.values, doc='Level 1 has counted')
    died = property(lambda self: self.values.get('at') == 'death',
                    doc='Level 2 did not come to its end')
    # Under emulation a level dies now and then without a word; that says nothing.
    silent = property(lambda self: self.died and not self['complaints'],
                      doc='... and its kernel did not say why')

    def __getitem__(self, name):
        """A count; 0 where no level has one of that name"""
        return int(self.values.get(name) or 0)

    by = property(lambda self: self.values.get('by') or '',
                  doc='How ours learns of the end of an INTx; stock is silent')

    @property
    def pace(self):
        """Answered pings for each second of level 2's clock"""
        return self['answered'] / max(float(self.values.get('seconds') or 0), 0.01)

    @property
    def rate(self):
        """Answered pings for each second of processor time, of all levels"""
        return self['answered'] / max(self.values.get('time', 0), 0.01)

    @property
    def instructions(self):
        """Of all levels, for each answered ping; 0 where they were not counted"""
        return self['instructions'] // max(self['answered'], 1)
