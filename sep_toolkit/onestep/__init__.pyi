# The public names of this room: read by the package itself (lazy_loader) and by editors.
from . import adapters as adapters
from . import bundles as bundles
from . import enhancer as enhancer
from . import exports as exports
from . import graphs as graphs
from . import models as models
from . import programs as programs
from . import spectra as spectra
from . import spleeter as spleeter
from . import streaming as streaming
from . import wrapped as wrapped
from .adapters import (
    ADAPTERS as ADAPTERS,
    NO_TORCHAUDIO as NO_TORCHAUDIO,
    adapted as adapted,
    asteroid_model as asteroid_model,
    demucs_model as demucs_model,
    espnet_model as espnet_model,
    other_package as other_package,
    speechbrain_model as speechbrain_model,
)
from .bundles import (
    FLOAT as FLOAT,
    INDEX_LIMIT as INDEX_LIMIT,
    MAGIC as MAGIC,
    Variable as Variable,
    read_bundle as read_bundle,
    read_index as read_index,
    read_message as read_message,
    read_table as read_table,
    read_varint as read_varint,
)
from .enhancer import (
    Bands as Bands,
    Enhance as Enhance,
    Enhancer as Enhancer,
    Middle as Middle,
    apply_filter as apply_filter,
    check_settings as check_settings,
    conv_down as conv_down,
    conv_up as conv_up,
    features as features,
    load_enhancer as load_enhancer,
    load_native as load_native,
    read_native as read_native,
    save_enhancer as save_enhancer,
)
from .exports import (
    OPERATORS as OPERATORS,
    as_archive as as_archive,
    check_export as check_export,
    check_tensors as check_tensors,
    is_allowed as is_allowed,
    plain_expression as plain_expression,
    plain_program as plain_program,
    plain_tree as plain_tree,
    suspicious as suspicious,
)
from .graphs import (
    CORES as CORES,
    TYPES as TYPES,
    asked_device as asked_device,
    beside as beside,
    external_files as external_files,
    graph_parts as graph_parts,
    open_session as open_session,
    read_graph as read_graph,
    sizes_of as sizes_of,
    tensors as tensors,
    wire_fields as wire_fields,
)
from .models import (
    CHECKPOINTS as CHECKPOINTS,
    LOADERS as LOADERS,
    cards as cards,
    files_of as files_of,
    find_card as find_card,
    kind_of as kind_of,
    load_card as load_card,
    load_model as load_model,
)
from .programs import (
    ExportProgram as ExportProgram,
    FEATURE_AXIS as FEATURE_AXIS,
    GraphProgram as GraphProgram,
    Program as Program,
    SHORTEST_SIGNAL_S as SHORTEST_SIGNAL_S,
    ScriptProgram as ScriptProgram,
    Signal as Signal,
    SpectrumProgram as SpectrumProgram,
    asked_outputs as asked_outputs,
    check_axes as check_axes,
    graph_constants as graph_constants,
    graph_sides as graph_sides,
    load_export as load_export,
    load_onnx as load_onnx,
    load_torchscript as load_torchscript,
    read_export as read_export,
    signal_dims as signal_dims,
    signal_model as signal_model,
)
from .spectra import (
    GIVES as GIVES,
    SEES as SEES,
    Spectrum as Spectrum,
    card_spectrum as card_spectrum,
    decode_spectrum as decode_spectrum,
    encode_spectrum as encode_spectrum,
    through_spectrum as through_spectrum,
)
from .spleeter import (
    ACTIVATIONS as ACTIVATIONS,
    FACTS as FACTS,
    LAYER_PARTS as LAYER_PARTS,
    MODELS as MODELS,
    SONG_BINS as SONG_BINS,
    SONG_FFT as SONG_FFT,
    SONG_FRAMES as SONG_FRAMES,
    SONG_HOP as SONG_HOP,
    Spleeter as Spleeter,
    SpleeterNet as SpleeterNet,
    UNET_FILTERS as UNET_FILTERS,
    UNet as UNet,
    convert as convert,
    load_networks as load_networks,
    load_spleeter as load_spleeter,
    names_of as names_of,
    network_settings as network_settings,
    shares as shares,
    spleeter_card as spleeter_card,
    translate as translate,
)
from .streaming import (
    Frames as Frames,
    INPUT_AXES as INPUT_AXES,
    MOST_CACHED as MOST_CACHED,
    MOST_OVERLAP as MOST_OVERLAP,
    MOST_STAGES as MOST_STAGES,
    OUTPUT_AXES as OUTPUT_AXES,
    Runner as Runner,
    STRETCH_S as STRETCH_S,
    Streaming as Streaming,
    arrange as arrange,
    chain as chain,
    check_caches as check_caches,
    check_graph as check_graph,
    check_stages as check_stages,
    decode as decode,
    encode as encode,
    frames_of as frames_of,
    rearranged as rearranged,
    silence_padded as silence_padded,
    stretches as stretches,
    workers as workers,
)
from .wrapped import (
    TAKES as TAKES,
    Wrapped as Wrapped,
    by_name as by_name,
    call_with as call_with,
    evaluating as evaluating,
    fold as fold,
    home_of as home_of,
    lay_out as lay_out,
    parameters as parameters,
    shared_lock as shared_lock,
    unfold as unfold,
    wants_arrays as wants_arrays,
    wrap as wrap,
)
