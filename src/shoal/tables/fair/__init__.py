"""What makes a judgement fair: copies of rows, the order of time, the kind of target, what errors cost.

These are pure functions of rows: nothing here trains, splits or prints.
"""

from shoal.tables.fair._copies import Copies as Copies
from shoal.tables.fair._copies import find_copies as find_copies
from shoal.tables.fair._copies import joined as joined
from shoal.tables.fair._costs import CostCheck as CostCheck
from shoal.tables.fair._costs import check_cost as check_cost
from shoal.tables.fair._costs import costs_of as costs_of
from shoal.tables.fair._costs import decide_by_cost as decide_by_cost
from shoal.tables.fair._order import notice_order as notice_order
from shoal.tables.fair._order import times_of as times_of
from shoal.tables.fair._target import log_is_proposed as log_is_proposed
from shoal.tables.fair._target import notice_target as notice_target
