"""``python -m sgvop_core.cli`` is the ``sgvop`` command."""

from .main import main

raise SystemExit(main())
