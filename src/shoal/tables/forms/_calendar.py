"""The words of dates in the languages that people write tables in: months, days of the week, time zones."""

from __future__ import annotations

_MONTHS = """
jan january januar jän jänner januari janv janvier ene enero janeiro gen gennaio sty styczeń stycznia
 янв январь января ocak ledna leden
feb february februar feber februari fév févr février febrero fev fevereiro febbraio lut luty lutego
 фев февр февраль февраля şubat února únor
mar march mär märz mrz maerz mrt maart mars marts marzo março marca marzec мар март марта mart března březen
apr april avr avril abr abril aprile kwi kwiecień kwietnia апр апрель апреля nisan dubna duben
may mai mei mayo maio mag maggio maj maja май мая mayıs května květen
jun june juni juin junio junho giu giugno cze czerwiec czerwca июн июнь июня haziran června červen
jul july juli juil juillet julio julho lug luglio lip lipiec lipca июл июль июля temmuz července červenec
aug august augustus augusti août aout ago agosto sie sierpień sierpnia авг август августа ağustos srpna srpen
sep sept september septembre septiembre set setembro settembre wrz wrzesień września
 сен сент сентябрь сентября eylül září
oct october okt oktober octobre octubre out outubro ott ottobre paź październik października
 окт октябрь октября ekim října říjen
nov november novembre noviembre novembro lis listopad listopada ноя нояб ноябрь ноября kasım listopadu
dec december dez dezember des desember déc décembre dic diciembre dezembro dicembre gru grudzień grudnia
 дек декабрь декабря aralık prosince prosinec
"""
MONTH_OF = {
    name: place
    for place, names in enumerate(_MONTHS.strip().replace("\n ", " ").splitlines(), start=1)
    for name in names.split()
}
"""Which month a word is, in lower case."""

_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday mon tues tue weds wed thurs thur thu fri sat sun
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim
lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom
lunedì martedì mercoledì giovedì venerdì sabato gio sab
segunda-feira terça-feira quarta-feira quinta-feira sexta-feira segunda terça quarta quinta sexta
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
poniedziałek wtorek środa czwartek piątek sobota niedziela pon wt śr czw pt sob niedz
понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс
"""
WEEKDAYS = tuple(_WEEKDAYS.split())
"""In lower case."""

ZONES = {
    "wet": 0, "west": 1, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3,
    "hkt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "est": -5, "edt": -4, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
"""Hours before UTC. CST and IST are several zones, so they are none here."""

ERAS = {"明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019}
"""The first year of each."""
