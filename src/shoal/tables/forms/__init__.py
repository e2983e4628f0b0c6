"""How the cells of a column are written: found from the whole column, and read the same way ever after."""

from shoal.tables.forms._find import Forms as Forms
from shoal.tables.forms._find import find_forms as find_forms
from shoal.tables.forms._form import Form as Form
