"""What people paste, mistype or try. Each must get a sentence, never an error, and must come back as it was typed."""

EMOJI = "Anak butuh istirahat \N{TEDDY BEAR}\N{ZERO WIDTH JOINER}\N{HEAVY BLACK HEART}"
RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT OVERRIDE}gnasreb\N{POP DIRECTIONAL FORMATTING} شهادة"
MARKUP = "</textarea><script>alert(1)</script>{{ 7*7 }} %s %(n)d ' -- \""
HARMLESS = (EMOJI, RIGHT_TO_LEFT, MARKUP)
NUL = "awal\x00akhir"
HUGE = "Panjang sekali. " * (1 << 20)  # 16 MB
TOO_LONG = "x" * 501
IMPOSSIBLE_DAYS = ("2026-02-31", "2026-13-01", "0000-00-00", "31/31/2026", "kemarin", "2026-02-31T00:00", "-1")
