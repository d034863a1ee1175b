"""The words that dates are printed with.

Months and weekdays are those of Unicode's CLDR for thirty languages, in the spelling that `fold`
gives: no case, no accents, no full stops. One table serves all languages: where two of them use one
word for different months, the language more often met keeps it (listopad is November, as in Polish
and Czech, not October as in Croatian).
"""

from __future__ import annotations

import re
import unicodedata

_MONTHS = """
1 january jan januar janvier janv enero ene gennaio gen janeiro januari stycznia sty styczen января янв
1 январь січня січ січень tammikuuta tammi tammikuu ledna leden januara ocak oca ιανουαριου ιαν ιανουαριοσ
1 ianuarie ian януари яну gener يناير
2 february feb februar fevrier fevr febrero febbraio fevereiro fev februari lutego lut luty февраля февр
2 февраль лютого лют лютии helmikuuta helmi helmikuu unora uno unor februara subat sub φεβρουαριου φεβ
2 φεβρουαριοσ februarie febr февруари фев febrer فبراير
3 march mar marz mars marzo marco maart mrt marca marzec marts марта мар март березня бер березень
3 maaliskuuta maalis maaliskuu brezna bre brezen marec mart μαρτιου μαρ μαρτιοσ martie marcius marc maret
3 مارس maerz
4 april apr avril avr abril abr aprile kwietnia kwi kwiecien апреля апр апрель квітня квіт квітень
4 huhtikuuta huhti huhtikuu dubna duben aprila nisan nis απριλιου απρ απριλιοσ aprilie aprilis април ابريل
5 may mai mayo maggio mag maio mei maja maj мая маи травня трав травень toukokuuta touko toukokuu kvetna
5 kve kveten mayıs μαιου μαι μαιοσ majus maig مايو
6 june jun juni juin junio giugno giu junho czerwca cze czerwiec июня июн июнь червня черв червень
6 kesakuuta kesa kesakuu cervna cvn cerven juna haziran haz ιουνιου ιουν ιουνιοσ iunie iun junius юни juny
6 يونيو
7 july jul juli juillet juil julio luglio lug julho lipca lip lipiec июля июл июль липня лип липень
7 heinakuuta heina heinakuu cervence cvc cervenec jula temmuz tem ιουλιου ιουλ ιουλιοσ iulie iul julius юли
7 juliol يوليو juill
8 august aug aout agosto ago augustus sierpnia sie sierpien augusti августа авг август серпня серп серпень
8 elokuuta elokuu srpna srp srpen augusta agustos agu αυγουστου αυγ αυγουστοσ augusztus agost agustus اغسطس
9 september sep sept septembre septiembre settembre set setembro wrzesnia wrz wrzesien сентября сент
9 сентябрь вересня вер вересень syyskuuta syys syyskuu zari zar septembra eylul eyl σεπτεμβριου σεπ
9 σεπτεμβριοσ septembrie szeptember szept септември сеп setembre سبتمبر
10 october oct oktober okt octobre octubre ottobre ott outubro out pazdziernika paz pazdziernik октября окт
10 октябрь жовтня жовт жовтень lokakuuta loka lokakuu rijna rij rijen oktobra ekim eki οκτωβριου οκτ
10 οκτωβριοσ octombrie октомври اكتوبر
11 november nov novembre noviembre novembro listopada listopad ноября нояб ноябрь листопада лист листопад
11 marraskuuta marras marraskuu listopadu novembra kasım kas νοεμβριου νοε νοεμβριοσ noiembrie ноември ное
11 نوفمبر lis
12 december dec dezember dez decembre diciembre dic dicembre dezembro grudnia gru grudzien desember des
12 декабря дек декабрь грудня груд грудень joulukuuta joulu joulukuu prosince prosinec decembra aralık ara
12 δεκεμβριου δεκ δεκεμβριοσ decembrie декември desembre ديسمبر
1 ינואר בינואר जनवरी siječnja sijecanj
2 פברואר בפברואר फरवरी फ़रवरी veljace veljaca شباط
3 מרץ במרץ מרס במרס मार्च ozujka ozujak اذار
4 אפריל באפריל अप्रैल travnja travanj نيسان
5 מאי במאי मई svibnja svibanj ايار
6 יוני ביוני जून lipnja lipanj حزيران
7 יולי ביולי जुलाई srpnja srpanj تموز
8 אוגוסט באוגוסט अगस्त kolovoza kolovoz اب
9 ספטמבר בספטמבר सितंबर सितम्बर rujna rujan ايلول
10 אוקטובר באוקטובר अक्टूबर अक्तूबर
11 נובמבר בנובמבר नवंबर नवम्बर studenoga studenog studeni
12 דצמבר בדצמבר दिसंबर दिसम्बर prosinca prosinac
"""
_WEEKDAYS = """
0 monday mon montag lundi lun lunes lunedi segunda-feira seg maandag poniedziałek pon mandag man
0 понедельник понеділок maanantaina maanantai pondeli pondelok pazartesi pzt δευτερα δευ luni hetfo
0 понеделник dilluns senin sen الاثنين
1 tuesday tue dienstag mardi mar martes martedi terca-feira ter dinsdag wtorek tirsdag tir tisdag tis tirs
1 вторник вівторок tiistaina tiistai utery utorok salı sal τριτη τρι marti kedd dimarts selasa الثلاثاء
2 wednesday wed mittwoch mercredi mer miercoles mie mercoledi quarta-feira qua woensdag sroda onsdag ons
2 среда середа keskiviikkona keskiviikko streda carsamba τεταρτη τετ miercuri szerda sze сряда dimecres
2 rabu rab الاربعاء
3 thursday thu donnerstag jeudi jeu jueves jue giovedi gio quinta-feira qui donderdag czwartek czw torsdag
3 tor tors четверг четвер torstaina torstai ctvrtek stvrtok persembe πεμπτη πεμ joi csutortok четвъртък
3 dijous kamis kam الخميس
4 friday fri freitag vendredi ven viernes vie venerdi sexta-feira sex vrijdag piatek fredag fre пятница
4 пʼятниця perjantaina perjantai patek piatok cuma παρασκευη παρ vineri pentek петък divendres jumat jum
4 الجمعة
5 saturday sat samstag samedi sam sabado sab sabato zaterdag sobota sob lørdag lør lordag lor суббота
5 субота lauantaina lauantai cumartesi cmt σαββατο σαβ sambata szombat szo събота dissabte sabtu السبت
6 sunday sun sonntag dimanche dim domingo dom domenica zondag niedziela niedz søndag søn sondag son
6 воскресенье неділя sunnuntai nedele nedela pazar paz κυριακη κυρ duminica dum vasarnap неделя diumenge
6 minggu الاحد
0 שני सोमवार
1 שלישי मंगलवार
2 רביעי बुधवार
3 חמישי गुरुवार
4 שישי शुक्रवार
5 שבת शनिवार
6 ראשון रविवार
"""
_UNITS = """
1 s sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos secondo secondi sekund sekunda
1 sekundy sekunder sekuntia сек секунд секунды секунду saniye vteřin
60 m min mins minute minutes minuten minuto minutos minuti minuut minut minuta minutę minuty minuter minutter minutt
60 minutu minutami мин минут минуты минуту минута minuuttia minuutti dakika dk хвилин хвилини хвилину perc λεπτα λεπτο
3600 h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren godz godzin godziny godzinę
3600 time timer timme timmar tim ч час часа часов tunti tuntia hodin hodiny hodinou hodinami saat
3600 годин години годину ωρες ωρα
86400 d day days tag tage tagen jour jours día días giorno giorni dia dias dag dagen dager dagar dage dzień dni
86400 д день дня дней päivää päivä dnem dny dnů gün дні днів zile napja ημερες ημερα
604800 w wk wks week weeks woche wochen semaine semaines semana semanas settimana settimane weken tydzień tygodnie
604800 tygodni uke uker vecka veckor uge uger нед неделю недели недель viikko viikkoa týdnem týdny hafta
2592000 mo mos month months monat monate monaten mois mes meses mese mesi maand maanden miesiąc miesiące miesięcy
2592000 måned måneder månad månader месяц месяца месяцев kuukausi kuukautta
31536000 y yr yrs year years jahr jahre jahren an ans año años anno anni ano anos jaar jaren rok lata lat år
31536000 год года лет vuosi vuotta
1 ثانية ثوان ثواني שניות सेकंड detik giây
60 دقيقة دقائق דקות דקה मिनट menit phút minuts perce минути
3600 ساعة ساعات שעות שעה घंटे घंटा घंटों giờ jam hores órája sati sata
86400 يوم أيام ימים दिन ngày dies dana дни
604800 أسبوع أسابيع שבועות हफ्ते सप्ताह tuần setmanes
2592000 شهر أشهر חודשים महीने tháng
31536000 سنة سنوات שנים साल
"""
_DAYS = """
0 today heute aujourd'hui aujourd’hui hoy oggi hoje vandaag dziś dzisiaj dnes bugün сегодня сьогодні tänään σήμερα azi
0 astăzi היום आज avui danas днес
-1 yesterday gestern hier ayer ieri ontem gisteren wczoraj вчера вчора eilen včera dün χθες tegnap ieri
-1 אתמול kemarin ahir jučer juče
-2 vorgestern avant-hier anteayer eergisteren przedwczoraj позавчера
"""


def fold(word: str) -> str:
    """A word without case, accents and full stops."""
    lower = word.casefold().replace(".", "")
    if lower.isascii():
        return lower
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))


def _table(text: str) -> dict[str, int]:
    """Lines of a number and the words that mean it."""
    rows = (line.split() for line in text.strip().splitlines())
    return {fold(word): int(number) for number, *words in rows for word in words}


def _words(text: str) -> frozenset[str]:
    return frozenset(map(fold, text.split()))


MONTHS = _table(_MONTHS)
WEEKDAYS = _table(_WEEKDAYS)  # Monday is 0
# Months that are common words too: a day beside them is not enough, a year or a clock must stand
# by.
DOUBTFUL = _words("mar may mai set ago out mart des uno sub bre mag ara nis mei leden lis maj gen")

UNITS = _table(_UNITS)  # seconds
AFTER = _words(
    "ago fa geleden temu siden sedan назад sitten önce тому atrás zpět zpátky lalu trước पहले"
)  # 5 minutes _
BEFORE = _words(
    "vor hace há před acum πριν пре منذ قبل לפני fa prije pre pred преди"
)  # _ 5 minutes
ONE = _words("a an one einer einem eine une un uma um una een en et ett")
NOW = _words("now jetzt soeben maintenant ahora adesso agora nu nå teraz сейчас nyt şimdi")
DAYS = _table(_DAYS)  # from today

UPDATED = _words(
    "updated update edited modified changed aktualisiert aktualisierung geändert actualizado actualizada aggiornato "
    "aggiornata aggiornamento atualizado atualizada bijgewerkt zaktualizowano aktualizacja oppdatert uppdaterad "
    "обновлено изменено opdateret päivitetty güncellendi güncelleme оновлено aktualizováno aktualizované frissítve "
    "actualizat actualitzat ενημέρωση تحديث עודכן अपडेटेड अपडेट diperbarui ažurirano 수정 최종수정"
)
POSTED = _words(
    "posted published publié publiée publicado publicada pubblicato pubblicata gepubliceerd geplaatst opublikowano "
    "dodano publisert publicerad publiceret опубликовано добавлено veröffentlicht erstellt stand filed created "
    "julkaistu datum date added released issued last zuletzt yayınlanma yayınlandı giriş publikováno zveřejněno vydáno "
    "publikované megjelent publicat δημοσίευση نشر פורסם प्रकाशित dipublikasikan objavljeno 입력 등록 승인"
)
GLUE = _words(
    "on at um am the of de del den der la le las les los à a as às alle ore orario o w v в во u kl klo klokka klokken "
    "kello godz ora og y il dnia dne di el da do das dos for för vid på и г года г. r roku om dag saat local time "
    "yang από ב"
)
HOUR_BEFORE = _words(
    "kl klo klokka klokken kello godz ore alle saat um om à às الساعة בשעה"
)  # _ 14
HOUR_STRICT = _words(
    "kl klo klokka klokken kello godz ore"
)  # those that can stand before nothing else
HOUR_AFTER = _words("uhr uur h hs hrs hours horas heures hodin hod час часов ч")  # 14 _
NAMED_CLOCKS = {"noon": 12, "midday": 12, "midnight": 0, "mittag": 12, "mitternacht": 0}

# Words of several parts, as one: what they stand for is looked up above.
PHRASES = (
    (re.compile(r"\bi\s(?:dag|kväll)\b", re.IGNORECASE), "today"),
    (re.compile(r"\bi\sg[åa]a?r\b", re.IGNORECASE), "yesterday"),
    (re.compile(r"\bil\sy\sa\b", re.IGNORECASE), "vor"),
    (re.compile(r"\bmis(?:e)?\s[àa]\sjour\b", re.IGNORECASE), "updated"),
    (
        re.compile(
            r"\bhace\sun\s(?:momento|instante)\b|\b[àa]\sl[’']instant\b|\bjust\s(?:now|nu|nå)\b",
            re.IGNORECASE,
        ),
        "now",
    ),
    (
        re.compile(
            r"\b(?:gerade\seben|только\sчто|przed\schwil[ąa]|proprio\sora|net\snu|nå\snettopp|акурат)\b",
            re.IGNORECASE,
        ),
        "now",
    ),
    (re.compile(r"たった今|刚刚|剛剛|방금", re.IGNORECASE), " now "),
    (re.compile(r"本日|今日|今天|오늘", re.IGNORECASE), " today "),
    (re.compile(r"昨日|昨天|어제", re.IGNORECASE), " yesterday "),
    (re.compile(r"(?:更新|업데이트)(?:时间|時間|日時)?", re.IGNORECASE), " updated "),
    (
        re.compile(r"(?:公開|掲載|投稿|发布|發布|게시)(?:时间|時間|日時)?", re.IGNORECASE),
        " posted ",
    ),
    (re.compile(r"(?:星期|礼拜|禮拜)[一二三四五六日天]"), " "),
    (re.compile(r"\bhôm\snay\b|\bhari\sini\b", re.IGNORECASE), "today"),
    (re.compile(r"\bhôm\squa\b", re.IGNORECASE), "yesterday"),
    (re.compile(r"\bcập\snhật\b|\bآخر\sتحديث\b", re.IGNORECASE), "updated"),
    (
        re.compile(
            r"\bthứ\s(?:hai|ba|tư|năm|sáu|bảy)\b|\bchủ\snhật\b|\bיום\s(?=[א-ת]{3})", re.IGNORECASE
        ),
        "",
    ),
    (
        re.compile(
            r"(?:\bngày\s)?\b(\d{1,2})\stháng\s(\d{1,2}),?\s(?:năm\s)?(\d{4})\b", re.IGNORECASE
        ),
        r"\1.\2.\3",
    ),
    # One and two of a unit are words of their own; the Levantine name of a month may stand beside
    # the other one.
    (
        re.compile(
            r"(?<=منذ )(?=ساعة|دقيقة|يوم\b)|(?<=قبل )(?=ساعة|دقيقة|يوم\b)|(?<=לפני )(?=שעה|דקה)"
        ),
        "1 ",
    ),
    (re.compile(r"ساعتين"), "2 ساعات"),
    (re.compile(r"دقيقتين"), "2 دقائق"),
    (re.compile(r"يومين"), "2 أيام"),
    (re.compile(r"שעתיים"), "2 שעות"),
    (re.compile(r"יומיים"), "2 ימים"),
    (
        re.compile(
            r"(?<=[\u0621-\u064a])\s?/\s?[\u0621-\u064a]+(?:\s(?:الأول|الثاني))?(?=\s\d{4})"
        ),
        "",
    ),
    (re.compile(r"(?<=\d)\s?(?:م|مساء[\u064b\u0627]*)(?!\w)"), " PM"),
    (re.compile(r"(?<=\d)\s?(?:ص|صباح[\u064b\u0627]+)(?!\w)"), " AM"),
    (re.compile(r"(?<=\d)\s?μ\.?\s?μ\b\.?|(?<=:\d\d)\sCH\b"), " PM"),
    (re.compile(r"(?<=\d)\s?π\.?\s?μ\b\.?|(?<=:\d\d)\sSA\b"), " AM"),
    (re.compile(r"بتوقيت (?:غرينتش|جرينتش)"), "GMT"),
    (re.compile(r"\b(?:Coordinated Universal|Greenwich Mean) Time\b", re.IGNORECASE), "UTC"),
    (re.compile(r"\bBritish Summer Time\b", re.IGNORECASE), "BST"),
    (re.compile(r"\bCentral European Summer Time\b", re.IGNORECASE), "CEST"),
    (re.compile(r"\bCentral European (?:Standard )?Time\b", re.IGNORECASE), "CET"),
    (re.compile(r"\bIndian? Standard Time\b", re.IGNORECASE), "IST"),
    (
        re.compile(r"\b([ECMP])(?:astern|entral|ountain|acific) ([SD])(?:tandard|aylight) Time\b"),
        r"\1\2T",
    ),
)
# Only where one of these occurs is any of the phrases sought.
PHRASE_HINT = re.compile(
    r"\bi\s[dgk]|il\sy\sa|mise?\s|hace\sun|l[’']inst|just\s|eben|что|chwil|proprio|net\snu|[今昨本刚剛更公掲投发發星礼禮방오어업게\u0590-\u06ff]"
    r"|hôm\s|hari\s|tháng|cập\s|thứ\s|chủ\s|\d\s?[πμ]|\d\s(?:CH|SA)\b|\s(?:mean|universal|summer|european|standard|daylight)\stime\b",
    re.IGNORECASE,
)
