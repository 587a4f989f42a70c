"""How much is drawn: all of it takes minutes, the short form seconds, and its ranges are wider by as much."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """Experiments of one kind: how many, of how many tasks, each tried how often."""

    experiments: int
    tasks: int
    repeats: int = 1


@dataclass(frozen=True)
class Size:
    """Counts of everything."""

    alike: Shape
    """Arms that are the same, of drawn scores; its tasks and repeats serve other questions too."""
    coverage: int
    """Experiments with an effect, whose intervals are looked at."""
    families: Shape
    """`tasks` counts families."""
    uneven: Shape
    """With an effect that differs from task to task, and is none on average."""
    effects: Shape
    many: Shape
    """With nine arms."""
    watched: Shape
    watched_often: Shape
    """Each task tried several times."""
    decided: Shape
    """Looked at by the rule that stops experiments."""
    grids: Shape
    chosen: Shape
    broken: Shape
    relations: Shape
    runs: Shape
    """Real ones; its experiments are parts of one."""
    controls: Shape
    schedules: Shape
    kills: int
    """0: none, nor other processes: starting them takes longer than all the rest."""


FULL = Size(
    alike=Shape(1000, 50, 2),
    coverage=2000,
    families=Shape(1000, 12, 2),
    uneven=Shape(1000, 50, 5),
    effects=Shape(1000, 80, 3),
    many=Shape(500, 40, 2),
    watched=Shape(1000, 200),
    watched_often=Shape(1000, 200, 5),
    decided=Shape(400, 120),
    grids=Shape(1000, 40, 2),
    chosen=Shape(300, 50, 2),
    broken=Shape(300, 200),
    relations=Shape(40, 40, 2),
    runs=Shape(80, 25, 2),
    controls=Shape(1, 40),
    schedules=Shape(1, 30, 2),
    kills=3,
)
SHORT = Size(
    alike=Shape(100, 14, 5),
    coverage=80,
    families=Shape(60, 8, 3),
    uneven=Shape(120, 14, 8),
    effects=Shape(100, 14, 5),
    many=Shape(40, 14, 5),
    watched=Shape(40, 50),
    watched_often=Shape(40, 30, 5),
    decided=Shape(12, 50),
    grids=Shape(80, 12, 2),
    chosen=Shape(20, 12, 2),
    broken=Shape(8, 80),
    relations=Shape(2, 14, 2),
    runs=Shape(4, 12),
    controls=Shape(1, 3),
    schedules=Shape(1, 3),
    kills=0,
)
SIZES = {"full": FULL, "short": SHORT}
