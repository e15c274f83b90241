"""The effects of a decision in the order in which they are applied; certificates append their own.

A reversal goes through them backwards (docs/adr/0077).
"""

from exams.conduct.effects_places import Fees, Seats, Tickets
from exams.conduct.effects_standing import Admission, Barring, Scores

EFFECTS = (Scores(), Admission(), Barring(), Seats(), Tickets(), Fees())
