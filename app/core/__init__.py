"""What every domain stands on: settings, database, units of work, journal, ids, errors, paging."""
