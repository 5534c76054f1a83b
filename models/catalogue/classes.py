"""What people call the classes that detectors find."""

from collections.abc import Mapping
from typing import Final

CLASS_LABELS: Final[Mapping[str, str]] = {
    "head_covered": "戴帽（发网）头部",
    "head_bare": "未戴帽头部",
    "mask": "佩戴口罩",
    "mask_incorrect": "口罩佩戴不规范",
    "no_mask": "未戴口罩",
    "glove": "戴手套",
    "no_glove": "未戴手套",
    "cigarette": "香烟",
    "fire": "明火",
    "smoke": "烟雾",
    "bin": "垃圾桶（加盖）",
    "bin_open_or_overflow": "垃圾桶敞口或满溢",
    "garbage": "散落垃圾",
    "cockroach": "蟑螂",
    "rat": "老鼠",
    "person": "人员",
    "cat": "猫",
    "dog": "狗",
    "phone": "手机",
}
