"""A table becomes the X and y of an estimator: one small module for each kind of column."""

from shoal.tables.encode._encoder import ColumnEncoder as ColumnEncoder
from shoal.tables.encode._encoder import describe as describe
from shoal.tables.encode._encoder import encoder_of as encoder_of
from shoal.tables.encode._table import Surprise as Surprise
from shoal.tables.encode._table import TableEncoder as TableEncoder
from shoal.tables.encode._target import SCALES as SCALES
from shoal.tables.encode._target import LabelType as LabelType
from shoal.tables.encode._target import LogScale as LogScale
from shoal.tables.encode._target import TargetEncoder as TargetEncoder
from shoal.tables.encode._target import TargetScale as TargetScale
from shoal.tables.encode._target import Task as Task
from shoal.tables.encode._target import check_counts as check_counts
from shoal.tables.encode._target import no_warning_of_many_classes as no_warning_of_many_classes
