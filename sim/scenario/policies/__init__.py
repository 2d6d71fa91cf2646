"""The policy actions. A file in this folder is an action: it is imported here, and nothing else has to name it."""

from importlib import import_module
from pkgutil import iter_modules

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
