"""A normalised text → whether it is a degree or a yes or no."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ptxl.values.target_value.numerals import DIGIT
from ptxl.values.target_value.value import TargetValue, Typed

_SUBJECTS = (
    "效果 成效 效益 经济效益 社会效益 生态效益 环境效益 影响 影响力 影响程度 程度 作用 质量 水平"
    " 情况 状况 运行 运转 管理 工作 进度 系统 设备 设施 资金 群众 居民 服务对象 社会 经济 生态 环境"
    " 生态环境 机制 制度 项目 任务 效率 能力 满意度 成本 费用 投资 预算 总体 整体 目标 措施 方案"
    " 计划 要求 标准 规定 意义 条件 验收 竣工验收 监督 监管 宣传 服务 程序 手续 资料 数据 档案 人员"
    " 补助 补贴 工程 信息 内容"
)
_DEGREES = (
    "有效 显著 显着 明显 持续 不断 稳步 逐步 逐年 逐渐 进一步 大力 大幅 大幅度 有所 有一定 一定"
    " 一定程度 有 较 较为 比较 很 非常 十分 极 极大 大大 更 更加 更为 基本 全面 充分 切实 长期"
    " 中长期 积极 良好 有力 正面 正向 深入 深度 普遍 广泛 高度 高效 平稳 稳定 有序 正常 顺利 圆满"
    " 严格 科学 合理 规范 依法 依规 按时 按期 按质 按量 按月 按年 按季 按需 按计划 按要求 按规定"
    " 按标准 按进度 按合同 按照计划 按照要求 按照合同 按照规定 及时 准时 如期 足额 全额 全部 全程"
    " 全力 已 已经 未 不 不会 可 能 能够 可以 得到 得以 达到 予以 继续 始终 大 初步 日益 同比"
    " 较上年 较去年 比上年 比去年 较往年 较大 较大程度 更好 安全 节约 快速 加快 定期"
)
_STATES = (
    "提升 提高 增强 加强 改善 改进 减少 降低 下降 减轻 缓解 增加 增长 上升 扩大 加快 促进 推动 推进"
    " 带动 拉动 保障 保证 确保 维护 保护 巩固 优化 完善 健全 规范 规范化 合规 合法 合理 可控 受控"
    " 可靠 安全 稳定 平稳 有序 正常 运转 运行 开展 实施 执行 落实 到位 完成 完工 竣工 达标 达成"
    " 合格 及格 优良 优秀 优 良 中 差 良好 好 较好 高 低 中等 一般 强 弱 大 小 多 少 快 满意 显著"
    " 显着 明显 有效 高效 有力 深远 长远 长期 长效 持续 可持续 可持续性 可持续发展 常态化 及时 准时"
    " 按时 按期 准确 无误 精准 真实 完整 完备 齐全 充分 充足 足额 全面 全覆盖 覆盖 科学 公开 公平"
    " 公正 透明 整洁 干净 清洁 美观 畅通 通畅 顺畅 便捷 便利 方便 和谐 发展 影响 支撑 支持 认可"
    " 保持 维持 控制 遏制 消除 解决 转变 发挥 发挥作用 发放 支付 拨付 兑付 兑现 见效 突出 先进 领先"
    " 环保 节能 节约 利用 治理 防范 化解 应用 建立 排放 发生 广泛 常年 永久 增收 增产 增效 提质"
    " 节支 减排 绿色 低碳 约定 处置 处理 响应 得力 坏 是 否 有"
)


def _any_of(words: Iterable[str]) -> str:
    alike = dict.fromkeys(words)  # in one order: what is compiled is kept by its text
    return f"(?:{'|'.join(sorted(alike, key=len, reverse=True))})"


_SUBJECT, _STATE = _any_of(_SUBJECTS.split()), _any_of(_STATES.split())
_QUALITY = _any_of([*_DEGREES.split(), *_STATES.split()])
#: subjects, then degrees and states, a state last: a noun behind the verb makes a sentence
_DEGREE = re.compile(f"{_SUBJECT}*{_QUALITY}*{_STATE}")
#: 有效传承, 及时响应: behind a degree any two letters are a deed, unless they count or name
_DEED = re.compile(
    rf"(?=.{{4}}){_any_of(_DEGREES.split())}(?!{_SUBJECT}\Z)"
    "(?:(?![一二两三四五六七八九十百千万亿年月日期内])[一-鿿]){2}"
)
_LONGEST_GRADE = 14
#: whole phrases that can be answered with yes or no
_IDIOM = re.compile(
    "专款专用|应(?P<deed>.{1,2})尽(?P=deed)|只增不减|[按保]质[按保]量|据实结算"
    "|不(?:超|超出|超过|突破)(?:预算|支|概算|标|标准|计划)(?:金额|额度|总额|数)?"
    "|(?:控制在)?预算(?:范围|额度|金额)?[之以]?内"
    "|(?:符合|达到|满足|达成|实现|完成)(?:国家|行业|相关|有关|规定|设计|质量|验收|预期|预定|既定|年度|政策"
    "|法律|法规|合同|环保|安全|技术|规范|的)*(?:要求|标准|规定|规范|目标|预期|效果|指标|任务|计划)"
    "|(?:无|零|没有|未发生|不发生|未出现|不出现|杜绝)(?:重大|较大|安全|质量|责任|有效|负面|不良|明显|群众|任何|生产"
    "|环境|违规|违纪)*(?:投诉|事故|事件|差错|违规|违纪|违法|污染|上访|信访|超支|影响|拖欠|延误|失误|隐患|舆情"
    "|行为|现象|问题|故障|增长)(?:发生)?"
    "|(?:有|具有|起到|产生|发挥)(?:较大|明显|显著|积极|重要|一定|良好|促进|推动|带动|的)*(?:作用|影响|效果|成效|意义)"
)
_QUALIFIED = re.compile("^(?:定性(?:指标)?[:-]?|[≥≤<>=]+)")
_LEVELS_BESIDE, _MOST_LEVELS = re.compile("[、/,;]"), 5
#: 有/无 are two levels; 无 alone says that nothing applies
_NOTHING = "无"


def read_grade(typed: Typed) -> TargetValue | None:
    """A degree or a yes or no."""
    if DIGIT.search(typed.counted) or not is_grade(typed.body):
        return None
    return typed.as_value("grade")


def is_grade(text: str) -> bool:
    """Whether the text is a degree or a yes or no: 有效提升, 优良中低差, 是; not 提高工作效率."""
    phrases = _LEVELS_BESIDE.split(_QUALIFIED.sub("", text, count=1))
    if phrases == [_NOTHING]:
        return False
    levels = {*phrases} - {_NOTHING}
    return len(phrases) <= _MOST_LEVELS and all(map(_is_phrase, levels))


def _is_phrase(phrase: str) -> bool:
    if len(phrase) > _LONGEST_GRADE:
        return False
    graded = phrase.removesuffix("以上")
    return any((_DEGREE.fullmatch(graded), _DEED.fullmatch(graded), _IDIOM.fullmatch(phrase)))
