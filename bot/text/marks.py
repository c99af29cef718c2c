"""Character sets by name; an invisible character never stands raw in the source."""

ALM = "\N{ARABIC LETTER MARK}"
RLM = "\N{RIGHT-TO-LEFT MARK}"
LRM = "\N{LEFT-TO-RIGHT MARK}"
ZWJ = "\N{ZERO WIDTH JOINER}"
ZWNJ = "\N{ZERO WIDTH NON-JOINER}"
NBSP = "\N{NO-BREAK SPACE}"
TATWEEL = "\N{ARABIC TATWEEL}"
DOUBLE_PRIME = "\N{DOUBLE PRIME}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

# tanwin, harakat, shadda, sukun, madda and hamza above and below, dagger alef
TASHKEEL = "".join(map(chr, range(0x064B, 0x0660))) + "\N{ARABIC LETTER SUPERSCRIPT ALEF}"

# marks that steer direction; what a source brings of them is dropped, our own are added last
DIRECTION = (
    "\N{ARABIC LETTER MARK}\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"
    "\N{LEFT-TO-RIGHT EMBEDDING}\N{RIGHT-TO-LEFT EMBEDDING}\N{POP DIRECTIONAL FORMATTING}"
    "\N{LEFT-TO-RIGHT OVERRIDE}\N{RIGHT-TO-LEFT OVERRIDE}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
)

ARABIC_INDIC = "٠١٢٣٤٥٦٧٨٩"
WESTERN = "0123456789"

CLOSERS = {"“": "”", "«": "»", '"': '"', "‘": "’"}
SENTENCE_ENDS = ".!?؟…"
