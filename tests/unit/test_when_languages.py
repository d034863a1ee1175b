"""Times as pages in some thirty languages print them; the twelve most met have their cases in test_when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feeder.when import whole

INSTANTS = """
tr  Yayınlanma: 02.03.2022 14:05 | Güncelleme: 2 Mart 2022, 14:05 | 2 Mart 2022 Çarşamba, 14:05
cs  Aktualizováno 2. března 2022 14:05 | Publikováno 2. 3. 2022 14:05
da  Opdateret 2. marts 2022 kl. 14:05 | 2. mar. 2022, 14.05
fi  Julkaistu 2.3.2022 klo 14.05 | 2. maaliskuuta 2022 klo 14.05
hu  Frissítve: 2022. március 2. 14:05 | 2022. márc. 2., szerda 14:05
ro  Publicat: 2 martie 2022, 14:05 | Actualizat la 2 martie 2022, ora 14:05
el  Τετάρτη, 2 Μαρτίου 2022, 14:05 | Ενημέρωση: 2 Μαρ 2022 | 14:05, 2 Μαρτίου 2022
uk  Середа, 2 березня 2022, 14:05 | Оновлено 2 березня 2022, 14:05
ar  الأربعاء 2 مارس 2022 14:05 | آخر تحديث: 2 مارس 2022 14:05 | 2 آذار 2022 14:05 | 2 مارس/آذار 2022 14:05
he  2 במרץ 2022, 14:05 | יום רביעי, 2 במרץ 2022, 14:05
hi  2 मार्च 2022, 14:05 | अपडेटेड 02 मार्च 2022, 02:05 PM IST
zh  更新时间：2022年3月2日 14:05 | 发布时间：2022-03-02 14:05 | 2022年3月2日 星期三 14:05
ko  입력 2022.03.02 14:05 | 2022.03.02. 오후 2:05
id  Rabu, 02 Maret 2022 | 14:05 WIB, 2 Maret 2022 | Diperbarui 2 Maret 2022 14:05
vi  ngày 2 tháng 3 năm 2022 14:05 | 2 tháng 3, 2022 14:05
ca  2 de març de 2022, 14:05
hr  2. ožujka 2022. 14:05
bg  2 март 2022, 14:05
"""
AGO = """
5 tr 5 dakika önce | cs před 5 minutami | fi 5 minuuttia sitten | hu 5 perce | ro acum 5 minute | el πριν από 5 λεπτά
5 uk 5 хвилин тому | ar منذ 5 دقائق | he לפני 5 דקות | hi 5 मिनट पहले | zh 5分钟前 | ko 5분 전 | id 5 menit lalu
5 vi 5 phút trước | ca fa 5 minuts | hr prije 5 minuta | bg преди 5 минути
60 ar منذ ساعة | he לפני שעה
120 ar قبل ساعتين | he לפני שעתיים | id 2 jam yang lalu | vi 2 giờ trước | ca fa 2 hores | bg преди 2 часа
"""
HALVES = """
7 el 7:20 π.μ. | ar 7:20 ص | ar 7:20 صباحًا | vi 7:20 SA | zh 早上7:20 | zh 凌晨 7:20 | ko 오전 7:20
19 el 7:20 μ.μ. | el 7:20 μμ | ar 7:20 مساءً | ar 7:20 م | vi 7:20 CH | zh 晚上7:20 | ko 저녁 7시 20분 | es 7:20 p. m.
0 zh 凌晨12:20 | ko 오전 12:20
12 ko 오후 12:20 | zh 下午12:20
"""
DAYS = """
0 tr bugün | cs dnes | ro astăzi | el σήμερα | he היום | id hari ini | vi hôm nay | ca avui | hr danas | bg днес
-1 tr dün | cs včera | ro ieri | el χθες | he אתמול | id kemarin | vi hôm qua | ca ahir | hr jučer
"""


def cases(table: str) -> list[tuple[str, str]]:
    """What leads a line, and each text after a language and between bars."""
    rows = (line.split(None, 1) for line in table.strip().splitlines())
    return [(first, text.strip()) for first, rest in rows for text in rest.split(" | ")]


@pytest.mark.parametrize("text", [t for _, t in cases(INSTANTS) if ":05" in t or ".05" in t])
def test_a_date_and_a_clock(text: str) -> None:
    stamp = whole(text)
    assert stamp is not None
    if stamp.at is not None:
        assert stamp.at.isoformat()[:16] == "2022-03-02T14:05"
    else:
        assert (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute) == (2022, 3, 2, 14, 5)


@pytest.mark.parametrize(("minutes", "text"), [(m, t.partition(" ")[2]) for m, t in cases(AGO)])
def test_so_long_ago(minutes: str, text: str) -> None:
    stamp = whole(text)
    assert stamp is not None
    assert stamp.ago == timedelta(minutes=int(minutes))


@pytest.mark.parametrize(("hour", "text"), [(h, t.partition(" ")[2]) for h, t in cases(HALVES)])
def test_a_half_of_the_day(hour: str, text: str) -> None:
    stamp = whole(text)
    assert stamp is not None
    assert (stamp.hour, stamp.minute) == (int(hour), 20)


@pytest.mark.parametrize(("days", "text"), [(d, t.partition(" ")[2]) for d, t in cases(DAYS)])
def test_a_day_from_today(days: str, text: str) -> None:
    stamp = whole(f"{text} 14:05")
    assert stamp is not None
    assert (stamp.days, stamp.hour, stamp.minute) == (int(days), 14, 5)


@pytest.mark.parametrize(
    "text", ["02:05 م", "الساعة 14:05", "14:05 بتوقيت غرينتش", "עודכן ב 14:05", "오후 2시 5분"]
)
def test_a_clock_alone(text: str) -> None:
    stamp = whole(text)
    assert stamp is not None
    assert (stamp.hour, stamp.minute) == (14, 5)
