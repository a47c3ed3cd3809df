"""The widths of numbers that Python's ``int`` does not show.

Interpreted they are all the same; compiled (``tools/join_kernel.py``) they are C types.
A plain ``int`` has 32 bits.
"""

Short = int  # 16 bits, where a C compiler then works on eight at a time
Wide = int  # 64 bits, for sums that are limited afterwards
Shorts = list[int]  # 16 bits each
Ints = list[int]  # 32 bits each
Table = tuple[int, ...]  # constants of 16 bits each
