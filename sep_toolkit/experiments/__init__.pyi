# The public names of this room: read by the package itself (lazy_loader) and by editors.
from . import cells as cells
from . import command as command
from . import data as data
from . import engines as engines
from . import items as items
from . import report as report
from . import store as store
from . import study as study
from . import sweep as sweep
from .cells import (
    Job as Job,
    OfItem as OfItem,
    Variant as Variant,
    digest_of as digest_of,
    failed_job as failed_job,
    flac_of as flac_of,
    item_digest as item_digest,
    of_item as of_item,
    receive_methods as receive_methods,
    run_alone as run_alone,
    run_job as run_job,
    run_received as run_received,
    variants as variants,
)
from .command import (
    SOURCES as SOURCES,
    STUDY_KEYS as STUDY_KEYS,
    command_line as command_line,
    command_parser as command_parser,
    read_plan as read_plan,
    run_explore as run_explore,
    run_fetch as run_fetch,
    run_score as run_score,
    run_separate as run_separate,
    run_sweep as run_sweep,
)
from .data import (
    MIXES as MIXES,
    MOST_SCENES as MOST_SCENES,
    MirdataTrack as MirdataTrack,
    MusdbTrack as MusdbTrack,
    Rendered as Rendered,
    SETS as SETS,
    SPLITS as SPLITS,
    folder as folder,
    included as included,
    mirdata as mirdata,
    musdb as musdb,
    pairs as pairs,
    recordings as recordings,
    scenes as scenes,
)
from .engines import (
    as_client as as_client,
    fair_share as fair_share,
    run_cluster as run_cluster,
    run_here as run_here,
    run_jobs as run_jobs,
    run_processes as run_processes,
)
from .items import (
    Item as Item,
    ItemSound as ItemSound,
    Items as Items,
    as_items as as_items,
    check_item_name as check_item_name,
    stems_of as stems_of,
)
from .report import (
    CELL_UNITS as CELL_UNITS,
    POLICY as POLICY,
    STYLE as STYLE,
    as_dataset as as_dataset,
    as_latex as as_latex,
    write_report as write_report,
)
from .store import (
    CELL as CELL,
    DATABASE as DATABASE,
    FOREIGN_CLAIM_S as FOREIGN_CLAIM_S,
    STORE_FORMAT as STORE_FORMAT,
    Store as Store,
    TABLES as TABLES,
)
from .study import (
    Experiment as Experiment,
    SCORE_COLUMNS as SCORE_COLUMNS,
    bootstrap as bootstrap,
    cell_rows as cell_rows,
    label_of as label_of,
    metric_facts as metric_facts,
    open_study as open_study,
    score_rows as score_rows,
)
from .sweep import (
    Planned as Planned,
    SweepPlan as SweepPlan,
    WHY as WHY,
    plan_sweep as plan_sweep,
)
