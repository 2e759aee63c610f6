# The public names of this room: read by the package itself (lazy_loader) and by editors.
from . import again as again
from . import beside as beside
from . import blend as blend
from . import byhand as byhand
from . import changes as changes
from . import desk as desk
from . import fit as fit
from . import levels as levels
from . import opening as opening
from . import owner as owner
from . import packing as packing
from . import plane as plane
from . import player as player
from . import ratios as ratios
from . import receiving as receiving
from . import recorder as recorder
from . import reproduce as reproduce
from . import sending as sending
from . import steering as steering
from . import trajectory as trajectory
from . import widget as widget
from .again import (
    checked_changes as checked_changes,
    choice as choice,
    number as number,
    ratios_field as ratios_field,
    run_title as run_title,
    with_changes as with_changes,
)
from .blend import (
    BLEND_TRAITS as BLEND_TRAITS,
    BlendExplorer as BlendExplorer,
    BlendTraits as BlendTraits,
    COLORS as COLORS,
    FIXED as FIXED,
    SAID as SAID,
    a_metric as a_metric,
    best_by as best_by,
    blend_in_words as blend_in_words,
    blend_method as blend_method,
    choice_table as choice_table,
    curve_figure as curve_figure,
    guarded as guarded,
    own_metric as own_metric,
    ratio_of as ratio_of,
)
from .byhand import (
    AMOUNTS as AMOUNTS,
    ENVELOPE_DB as ENVELOPE_DB,
    GAIN_FLOOR_DB as GAIN_FLOOR_DB,
    HEARD as HEARD,
    PICTURE_HIGH_HZ as PICTURE_HIGH_HZ,
    PICTURE_LOW_HZ as PICTURE_LOW_HZ,
    PITCH_FLOOR_DB as PITCH_FLOOR_DB,
    PITCH_ROWS as PITCH_ROWS,
    accepted_before as accepted_before,
    check_edits as check_edits,
    check_locks as check_locks,
    draw_voices as draw_voices,
    edit_words as edit_words,
    edited as edited,
    first_frame as first_frame,
    fit_figure as fit_figure,
    fit_in_words as fit_in_words,
    is_fit as is_fit,
    lock_for as lock_for,
    lock_text as lock_text,
    one_voice as one_voice,
    open_at_the_edit as open_at_the_edit,
    packed as packed,
    packed_step as packed_step,
    pitch_picture as pitch_picture,
    sound_settings as sound_settings,
    voice_keys as voice_keys,
    voice_part as voice_part,
    wanted_keys as wanted_keys,
    with_voice as with_voice,
)
from .changes import (
    GROWS as GROWS,
    Incremental as Incremental,
    apply_change as apply_change,
    what_changed as what_changed,
)
from .desk import (
    Desk as Desk,
    Kept as Kept,
    finite as finite,
    kept_of as kept_of,
)
from .fit import (
    CURVES as CURVES,
    EXPORTS as EXPORTS,
    FIT_TRAITS as FIT_TRAITS,
    FitExplorer as FitExplorer,
    FitTraits as FitTraits,
    fit_method as fit_method,
)
from .levels import (
    CHANGES as CHANGES,
    FIELDS as FIELDS,
    MAP_DB as MAP_DB,
    PANELS as PANELS,
    PULL_COLORS as PULL_COLORS,
    apart_map as apart_map,
    changed as changed,
    closing_words as closing_words,
    db_of as db_of,
    draw_maps as draw_maps,
    facts_of as facts_of,
    first_signals as first_signals,
    heard_keys as heard_keys,
    kept_levels as kept_levels,
    left_of as left_of,
    map_of as map_of,
    rms_of as rms_of,
    run_in_words as run_in_words,
    run_name as run_name,
    settings_form as settings_form,
    settings_of as settings_of,
    trajectory_figure as trajectory_figure,
    trajectory_in_words as trajectory_in_words,
)
from .opening import (
    TraceView as TraceView,
    explore as explore,
    explorer_for as explorer_for,
    method_explorer as method_explorer,
    opened_source as opened_source,
    register as register,
)
from .owner import (
    HasPlayer as HasPlayer,
    Inner as Inner,
    PAGE_BYTES as PAGE_BYTES,
    PAGE_SOUNDS_MB as PAGE_SOUNDS_MB,
)
from .packing import (
    FEWER_BITS as FEWER_BITS,
    FEWEST_COLS as FEWEST_COLS,
    FLOOR_DB as FLOOR_DB,
    KEYS as KEYS,
    MOST_MATCH_DB as MOST_MATCH_DB,
    PCM_BYTES as PCM_BYTES,
    PEAK_BINS as PEAK_BINS,
    SPEC_ROWS as SPEC_ROWS,
    describe as describe,
    encode_flac as encode_flac,
    k_filters as k_filters,
    loudness as loudness,
    match_gains as match_gains,
    pack as pack,
    pack_alike as pack_alike,
    parallel as parallel,
    pictures as pictures,
    play_rate as play_rate,
    to_play as to_play,
    tracks_of as tracks_of,
)
from .plane import (
    LOOK_BANDS as LOOK_BANDS,
    LOOK_MOMENTS as LOOK_MOMENTS,
    PLANE_GROWS as PLANE_GROWS,
    Plane as Plane,
    RANGE_DB as RANGE_DB,
    as_text as as_text,
    band_powers as band_powers,
    main_directions as main_directions,
    map_of_runs as map_of_runs,
    pictures_of as pictures_of,
    small_pictures as small_pictures,
)
from .player import (
    Base as Base,
    CHOSEN as CHOSEN,
    Checks as Checks,
    GridPlayer as GridPlayer,
    LINE_COLORS as LINE_COLORS,
    PAGE_POLICY as PAGE_POLICY,
    PAGE_STYLE as PAGE_STYLE,
    PICTURE_BYTES as PICTURE_BYTES,
    Player as Player,
    SENT as SENT,
    SHORTEST_REGION_S as SHORTEST_REGION_S,
    TABLE_BYTES as TABLE_BYTES,
    VIEWS as VIEWS,
    bundle as bundle,
    widget_page as widget_page,
)
from .ratios import (
    LABELS as LABELS,
    LATER as LATER,
    QUICK as QUICK,
    SCORING_S as SCORING_S,
    Scorer as Scorer,
    curves as curves,
    is_candidate as is_candidate,
    line_key as line_key,
    line_name as line_name,
    offered as offered,
    said_of as said_of,
    steepest as steepest,
    with_unit as with_unit,
)
from .receiving import (
    FILE_BYTES as FILE_BYTES,
    Incoming as Incoming,
    OPENED_S as OPENED_S,
    opened_file as opened_file,
    received as received,
)
from .recorder import (
    LONGEST_S as LONGEST_S,
    Microphone as Microphone,
    RATES_HZ as RATES_HZ,
    microphone as microphone,
)
from .reproduce import (
    PLAIN as PLAIN,
    call_of as call_of,
    code_of as code_of,
    notebook_names as notebook_names,
    words_of as words_of,
)
from .sending import (
    BLOCK_BYTES as BLOCK_BYTES,
    KEPT_BYTES as KEPT_BYTES,
    messages as messages,
    promise as promise,
    raw_bytes as raw_bytes,
)
from .steering import (
    EVERY_S as EVERY_S,
    LEAST_KBPS as LEAST_KBPS,
    PUSHED_BYTES as PUSHED_BYTES,
    PUSH_BYTES as PUSH_BYTES,
    Steered as Steered,
)
from .trajectory import (
    ROLES as ROLES,
    TRAJECTORY_TRAITS as TRAJECTORY_TRAITS,
    TrajectoryExplorer as TrajectoryExplorer,
    TrajectoryTraits as TrajectoryTraits,
    color_of as color_of,
    diffusion_method as diffusion_method,
)
from .widget import (
    Guarded as Guarded,
    Refused as Refused,
    checked as checked,
    title_of as title_of,
)
