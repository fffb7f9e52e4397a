"""A text → whether it is a unit that is known."""

from __future__ import annotations

import re

_WORDS = (
    "% ‰ 百分点 个百分点 分 倍 成 人 人次 人日 人天 人月 人份 户 户次 家 家次 名 位 员 次 场 场次"
    " 期 届 轮 回 遍 趟 篇 篇次 份 件 件次 套 套次 台 台次 台套 部 辆 辆次 艘 架 架次 只 头 羽 尾"
    " 匹 条 条次 根 支 枝 株 棵 粒 颗 朵 盆 块 片 张 幅 面 本 册 卷 页 字 项 项次 批 批次 组 组次"
    " 队 班 班次 种 类 座 栋 幢 间 套间 所 处 处次 口 眼 孔 盏 桶 袋 包 箱 瓶 盒 罐 捆 车 车次 船"
    " 航次 起 例 例次 宗 桩 案 单 票 笔 门 课时 学时 节 堂 集 秒 分钟 小时 时 天 日 周 月 季度 年"
    " 工作日 日历天 公里 千米 米 厘米 毫米 延米 平方米 平米 平方公里 公顷 亩 亩次 立方米 立方 方 吨"
    " 公斤 千克 克 斤 升 毫升 千瓦 千瓦时 度 兆瓦 元 万元 亿元 千元 美元 万美元 标段 床 床位 村 镇"
    " 乡 社区 点位 km m cm mm m2 m3 m² m³ kg g t L kW kWh MW GB TB MB M G ㎡ ㎥ ㎞ ㎏ ℃"
)
KNOWN_WORDS = tuple(_WORDS.split())
_KNOWN_UNIT = "|".join(sorted(map(re.escape, KNOWN_WORDS), key=len, reverse=True))
KNOWN = re.compile(
    rf"(?:万?(?:{_KNOWN_UNIT})|个[^\W\d_]{{0,4}})(?:[/每·•*](?:{_KNOWN_UNIT}|个[^\W\d_]{{0,2}}))*"
)


def is_known_unit(text: str) -> bool:
    """Whether all of the text is a unit, multiplied or divided ones too: 万亩, 人/年, 个."""
    return bool(KNOWN.fullmatch(text))
