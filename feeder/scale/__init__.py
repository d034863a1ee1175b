"""Many processes on one store in PostgreSQL: some schedule, some read, most do both.

The store is the schedule here too. A tick claims what is due (feeder.store.claims) and, in the same
transaction, puts it into procrastinate's queue. A worker that gets it begins what is still its own,
does the one `refresh` there is, and renews its claims while it reads. Whoever dies loses them
within seconds, and the next tick claims its sources for another. So the queue may lose or double
jobs: a job without a valid claim reads nothing, and a read without one stores nothing.
"""

from feeder.scale.installation import Installation

__all__ = ["Installation"]
