# The public names of this room: read by the package itself (lazy_loader) and by editors.
from . import cutting as cutting
from . import file_to_file as file_to_file
from . import live as live
from . import methods as methods
from . import recorded as recorded
from . import run as run
from . import separator as separator
from . import step as step
from . import trace as trace
from . import trace_file as trace_file
from . import trace_views as trace_views
from .cutting import (
    AMBIGUOUS as AMBIGUOUS,
    blocks as blocks,
    chunk_starts as chunk_starts,
    cut as cut,
    fade as fade,
    match as match,
    two_orders as two_orders,
)
from .file_to_file import (
    RECORD as RECORD,
    SOUND_SUFFIXES as SOUND_SUFFIXES,
    check_room as check_room,
    fingerprint as fingerprint,
    room_needed as room_needed,
    separate_file as separate_file,
    separate_files as separate_files,
)
from .live import (
    curves_png as curves_png,
)
from .methods import (
    METHODS as METHODS,
    as_method as as_method,
    asked as asked,
    asked_method as asked_method,
    fraction as fraction,
    in_one as in_one,
    is_function as is_function,
    is_plain as is_plain,
    make_method as make_method,
    opened as opened,
    provenance as provenance,
    steps_of as steps_of,
)
from .recorded import (
    BLOCK as BLOCK,
    RECORDED as RECORDED,
    lapped as lapped,
    mixture_of as mixture_of,
    pack_run as pack_run,
    read_run as read_run,
    recorded_of as recorded_of,
    replayed as replayed,
    same_run as same_run,
    truth_of as truth_of,
    unlapped as unlapped,
)
from .run import (
    Line as Line,
    Progress as Progress,
    Run as Run,
    record as record,
    separate as separate,
)
from .separator import (
    Cost as Cost,
    Interrupts as Interrupts,
    Iterative as Iterative,
    Joint as Joint,
    Separator as Separator,
    apply as apply,
    cost as cost,
    failure as failure,
    forward as forward,
    joined_parts as joined_parts,
    last as last,
    placed as placed,
    prepare as prepare,
    restore as restore,
    sizes as sizes,
    spans as spans,
)
from .step import (
    Arrays as Arrays,
    Sounds as Sounds,
    Spill as Spill,
    Step as Step,
    arrays_to_disk as arrays_to_disk,
    raw as raw,
    spill_folder as spill_folder,
    to_disk as to_disk,
    to_int16 as to_int16,
)
from .trace import (
    Trace as Trace,
    droppable as droppable,
    environment as environment,
    exchange as exchange,
    keep as keep,
    load_trace as load_trace,
    side_by_side as side_by_side,
)
from .trace_file import (
    FORMAT as FORMAT,
    Reader as Reader,
    SMALL as SMALL,
    is_table as is_table,
    open_trace as open_trace,
    plain as plain,
    read_step as read_step,
    write_array as write_array,
    write_trace as write_trace,
)
from .trace_views import (
    stack as stack,
    step_dataset as step_dataset,
    step_table as step_table,
)
