# The public names of this room: read by the package itself (lazy_loader) and by editors.
from . import combined as combined
from . import comparison as comparison
from . import judge as judge
from . import libraries as libraries
from . import metrics as metrics
from . import ratios as ratios
from . import score as score
from .combined import (
    Combination as Combination,
    RULES as RULES,
)
from .comparison import (
    Comparison as Comparison,
    compare as compare,
    named as named,
    run_one as run_one,
    score_common as score_common,
)
from .judge import (
    Judge as Judge,
    digest as digest,
    is_oracle as is_oracle,
    metric_of as metric_of,
    reference_at as reference_at,
    reference_for as reference_for,
)
from .libraries import (
    DNSMOS_FIT as DNSMOS_FIT,
    DNSMOS_SAMPLES as DNSMOS_SAMPLES,
    at_rate as at_rate,
    dnsmos_excerpts as dnsmos_excerpts,
    dnsmos_model as dnsmos_model,
    museval_metrics as museval_metrics,
)
from .metrics import (
    GROUPS as GROUPS,
    INTERACTIVE as INTERACTIVE,
    METRICS as METRICS,
    MIXTURE_CONSISTENCY as MIXTURE_CONSISTENCY,
    Metric as Metric,
    as_metric as as_metric,
    call_metric as call_metric,
    one_number as one_number,
)
from .ratios import (
    LIMIT_DB as LIMIT_DB,
    SILENT_DB as SILENT_DB,
    TAPS as TAPS,
    TINY as TINY,
    best_permutation as best_permutation,
    check_pair as check_pair,
    coherence as coherence,
    correlations as correlations,
    energy as energy,
    is_silent as is_silent,
    lay as lay,
    ratio_db as ratio_db,
    ruled as ruled,
    sdr as sdr,
    si_sdr as si_sdr,
    si_sdr_db as si_sdr_db,
    snr as snr,
    snr_db as snr_db,
    solve_toeplitz as solve_toeplitz,
)
from .score import (
    SILENCE_RULE as SILENCE_RULE,
    ScoreInfo as ScoreInfo,
    Scores as Scores,
    as_stems as as_stems,
    framewise as framewise,
    matched as matched,
    residual_level as residual_level,
    wanted as wanted,
    with_means as with_means,
)
