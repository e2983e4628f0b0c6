"""What is wrong with columns: constant, duplicate, an identifier, a leak of the target."""

from shoal.tables.findings._problems import choose_features as choose_features
from shoal.tables.findings._problems import find_problems as find_problems
from shoal.tables.findings._problems import identifiers_in as identifiers_in
from shoal.tables.findings._problems import is_identifier as is_identifier
