"""Which responses refuse and do nothing else, in about thirty languages."""

import re

_LONGEST = 500
"""Characters of a response that does nothing but refuse; a longer one explains, and may well answer."""

_REST = 250
"""Characters that may follow the sentence that refuses."""

# Each language: words of regret that may come first; how "I cannot" begins, up to the verb that is refused.
_LANGUAGES: dict[str, tuple[str, str]] = {
    "English": (
        r"i['’]?\s?a?m (?:very |so |really |truly |terribly )?sorry|(?:so |very )?sorry|i apologi[sz]e|my apologies|"
        r"apologies|unfortunately|regrettably|i(?:['’]| a)m afraid|as an? (?:ai|artificial intelligence)(?: \w+){0,4}",
        r"(?:but |that |however,? )?(?:i|we) (?:simply |really |just )?"
        r"(?:can(?:no|['’]|)t|can not|am (?:unable|not able) to|won['’]?t(?: be able to)?|will not|"
        r"must decline to|(?:am|['’]m) not (?:allowed|permitted|going) to)\s(?:\w+ly )?"
        r"(?:help(?! but\b)(?: you)?(?= with|[.!]|$)|assist(?: you)?(?= with| in|[.!]|$)|comply\b|"
        r"(?:fulfil+|complete|answer|do|discuss) (?:that|this|such|your (?:request|question))\b(?! part)|"
        r"(?:provide|share|give|offer|write|create|generate) (?:you )?(?:with )?"
        r"(?:that|this|such|any|instructions|information|guidance|assistance|advice)\b)",
    ),
    "English, contracted": (
        r"(?:so |very )?sorry|unfortunately|i['’]m (?:very |so |really )?sorry|i apologi[sz]e",
        r"(?:but )?i['’]m (?:unable|not able|not allowed) to (?:help|assist|comply|answer (?:that|this|your)|do (?:that|this))\b",
    ),
    "German": (
        r"(?:es )?tut mir (?:sehr )?leid|entschuldigung|entschuldigen sie|entschuldige|leider|sorry|bedaure",
        r"(?:aber |doch |leider )?(?:(?:das|dabei|hierbei|damit|hier|darauf|diese \w+|dir|ihnen) )?"
        r"(?:(?:kann|darf|werde) ich|ich (?:kann|darf|werde)) [^.!?]{0,60}?\bnicht [^.!?]{0,30}?"
        r"(?:helfen|weiterhelfen|behilflich sein|unterstützen|beantworten|antworten|nachkommen|erfüllen)\b",
    ),
    "French": (
        r"(?:je suis )?(?:vraiment )?désolée?|je regrette|malheureusement|excusez-moi|pardon|je m['’]excuse",
        r"(?:mais )?je ne (?:peux|pourrai|saurais|suis) (?:malheureusement )?pas (?:en mesure (?:de |d['’]))?"
        r"(?:vous |t['’]|te |y )?(?:aider|répondre|assister|accéder|faire (?:cela|ça)|donner suite|"
        r"fournir (?:cette|ces|ce|cet|de telles|une telle))\b",
    ),
    "Spanish": (
        r"lo siento(?: mucho)?|disculpa|disculpe|perdón|perdona|lamentablemente|desafortunadamente|me temo que|lo lamento",
        r"(?:pero )?(?:yo )?no (?:te |le |os )?(?:puedo|podré|podría|estoy en condiciones de|me es posible) "
        r"(?:ayudar|asistir|responder|cumplir|hacer eso|proporcionar (?:esa|ese|esta|este|esos|dicha))\w*",
    ),
    "Portuguese": (
        r"(?:me )?desculp[ea]|sinto muito|lamento|infelizmente|peço desculpas?|perdão",
        r"(?:mas )?(?:eu )?não (?:te |lhe |o |a )?(?:posso|consigo|poderei|é possível|estou em condições de) (?:te |lhe |o |a )?"
        r"(?:ajudar|auxiliar|responder|atender|fazer isso|fornecer (?:essa|esse|esta|este|tais))\w*",
    ),
    "Italian": (
        r"mi dispiace|spiacente|scusa|scusami|mi scuso|purtroppo",
        r"(?:ma )?non (?:ti |la |vi )?(?:posso|potrò|sono in grado di) (?:aiutar|assister|risponder|soddisfar|farlo)\w*",
    ),
    "Dutch": (
        r"het spijt me|sorry|helaas|mijn excuses",
        r"(?:maar )?(?:daar(?:mee|bij)? )?(?:ik kan|kan ik|ik mag) [^.!?]{0,40}?niet (?:mee |bij )?"
        r"(?:helpen|beantwoorden|voldoen|assisteren)\b",
    ),
    "Swedish, Norwegian, Danish": (
        r"tyvärr|förlåt|jag är ledsen|jag beklagar|ledsen|beklager|jeg beklager|dessverre|desværre|undskyld|unnskyld",
        r"(?:men )?(?:det )?(?:ja|je)g kan (?:tyvärr |dessverre |desværre )?(?:inte|ikke) "
        r"(?:hjälpa|hjelpe|hjælpe|svara|svare|besvara|besvare)\b|"
        r"(?:det )?kan (?:ja|je)g (?:tyvärr |dessverre |desværre )?(?:inte|ikke) (?:hjälpa|hjelpe|hjælpe|svara|svare)\b",
    ),
    "Finnish": (
        r"valitettavasti|anteeksi|olen pahoillani|pahoittelen",
        r"(?:mutta )?(?:minä )?en (?:voi|pysty) (?:auttamaan|auttaa|vastaamaan|vastata)\b",
    ),
    "Polish": (
        r"przepraszam|przykro mi|niestety",
        r"(?:ale )?nie (?:mogę|jestem w stanie) (?:ci |panu |pani |w tym |na to )?(?:pomóc|odpowiedzieć|spełnić)\b",
    ),
    "Czech, Slovak": (
        r"omlouvám se|bohužel|promiňte|promiň|je mi líto|prepáčte|ľutujem|žiaľ",
        r"(?:ale )?(?:s t[íý]m(?:to)? |na to )?(?:vám |ti )?(?:nemohu|nemůžu|nemôžem) (?:vám |ti |s tím |s tým |na to )?"
        r"(?:pomoci|pomoct|pomôcť|odpovědět|odpovedať|vyhovět)",
    ),
    "Romanian": (
        r"îmi pare rău|ne pare rău|din păcate|scuze",
        r"(?:dar )?nu (?:te |vă )?(?:pot|sunt în măsură) (?:să )?(?:te |vă )?(?:ajut|asist|răspund)\w*",
    ),
    "Hungarian": (
        r"sajnálom|sajnos|elnézést(?: kérek)?",
        r"(?:de )?(?:ebben )?nem (?:tudok|segíthetek|áll módomban)(?: ebben)?(?: segíteni| válaszolni)?\b",
    ),
    "Russian": (
        r"извините|простите|к сожалению|мне (?:очень )?жаль|прошу прощения|сожалею",
        r"(?:но )?(?:я )?не (?:могу|смогу|в состоянии|имею возможности) (?:вам |тебе |с этим )?"
        r"(?:помочь|помогать|ответить|выполнить)",
    ),
    "Ukrainian": (
        r"вибачте|на жаль|перепрошую|мені (?:дуже )?шкода",
        r"(?:але )?(?:я )?не (?:можу|зможу) (?:вам |тобі |з цим )?(?:допомогти|відповісти|виконати)",
    ),
    "Turkish": (
        r"üzgünüm|maalesef|ne yazık ki|özür dilerim|kusura bakma(?:yın)?",
        r"(?:ama |fakat )?[^.!?]{0,40}?(?:yardımcı olama(?:m|ıyorum)|yardım edem(?:em|iyorum)|yanıtlayamam|cevaplayamam)",
    ),
    "Greek": (
        r"λυπάμαι|συγγνώμη|δυστυχώς|ζητώ συγγνώμη",
        r"(?:αλλά )?δεν (?:μπορώ|είμαι σε θέση) να (?:σας |σε )?(?:βοηθήσω|απαντήσω)",
    ),
    "Arabic": (
        r"آسف|أنا آسف|عذرًا|عذراً|عذرا|أعتذر|للأسف",
        r"(?:و?لكن(?:ني|ي)? )?(?:لا أستطيع|لا يمكنني|لن أتمكن من) ?(?:مساعدتك|المساعدة|الإجابة|تقديم هذ)",
    ),
    "Hebrew": (
        r"אני מצטערת?|מצטערת?|סליחה|לצערי",
        r"(?:אבל )?(?:אני )?לא (?:יכולה?|אוכל) (?:לעזור|לסייע|לענות)",
    ),
    "Persian": (
        r"متأسفم|متاسفم|ببخشید|با عرض پوزش",
        r"(?:اما |ولی )?[^.!؟]{0,40}?(?:نمی‌?\s?توانم (?:به شما )?(?:کمک|پاسخ)|کمک کنم نمی)",
    ),
    "Hindi": (
        r"क्षमा करें|मुझे क्षमा करें|माफ़ कीजिए|माफ़ करें|माफ करें|मुझे खेद है|खेद है",
        r"(?:लेकिन |मगर )?मैं [^।.!?]{0,60}?(?:मदद|सहायता|उत्तर|जवाब) नहीं (?:कर|दे) सकत",
    ),
    "Bengali": (
        r"দুঃখিত|আমি দুঃখিত|ক্ষমা করবেন",
        r"(?:কিন্তু )?(?:আমি )?[^।.!?]{0,60}?(?:সাহায্য করতে|উত্তর দিতে) (?:পারি না|পারছি না|পারব না)",
    ),
    "Indonesian, Malay": (
        r"maaf|mohon maaf|maafkan saya|sayangnya",
        r"(?:tetapi |tapi |namun )?(?:saya )?(?:tidak|tak) (?:dapat|bisa|boleh) (?:membantu|menjawab|memenuhi)\b",
    ),
    "Vietnamese": (
        r"(?:tôi )?xin lỗi|rất tiếc|thành thật xin lỗi",
        r"(?:nhưng )?(?:tôi |mình )?không thể (?:giúp|hỗ trợ|trả lời)",
    ),
    "Thai": (
        r"ขอโทษ(?:ครับ|ค่ะ|ด้วย)?|ขออภัย(?:ครับ|ค่ะ)?|เสียใจด้วย",
        r"(?:แต่)?(?:ฉัน|ผม|ดิฉัน|เรา)?ไม่สามารถ(?:ช่วย|ตอบ|ให้ความช่วยเหลือ)",
    ),
    "Chinese": (
        r"(?:非常|很|十分|实在)?(?:抱歉|对不起|對不起|遗憾|遺憾|不好意思)",
        r"(?:但是?)?(?:我|本助手|作为[^,。，]{0,12}我)?(?:无法|無法|不能|没办法|沒辦法)(?:为您|为你|向您|就此|对此|在这方面)?"
        r"(?:提供(?:这|此|该|任何|相关|帮助|协助)|帮助|帮您|帮你|幫|协助|協助|回答|满足|滿足|讨论|完成(?:这|此|该|您))",
    ),
    "Japanese": (
        r"(?:大変|誠に)?申し訳(?:ありません|ございません|ない)(?:ですが|が)?|すみません(?:が)?|ごめんなさい|恐れ入りますが|残念ながら",
        r"(?:その|この|それ|そう|ご)?[^。！？]{0,30}?(?:お答え|お手伝い|お応え|回答|協力|対応|お力になることは?)"
        r"(?:すること)?(?:は|が|を)?(?:でき(?:ません|ない)|いたしかねます|致しかねます)",
    ),
    "Korean": (
        r"(?:정말 |대단히 )?(?:죄송|미안|유감)(?:합니다|하지만|해요|스럽)(?:만)?",
        r"(?:하지만 )?[^.!?]{0,30}?(?:도와\s?드릴|도움을 드릴|답변(?:해|을)? ?드릴|답변할|대답할|제공할|도울) 수(?:는|가)? 없",
    ),
}  # fmt: skip

_REFUSAL = re.compile(
    "|".join(f"(?:(?:{sorry})[\\s,.;:!،؛，。！、—-]*){{0,3}}(?:{cannot})" for sorry, cannot in _LANGUAGES.values()),
    re.IGNORECASE,
)  # fmt: skip

# What makes it an answer with a limit, or a question for more, and no refusal.
_BUT = re.compile(
    r"\b(?:but|however|although|though|unless|until|without|more than|enough|before|aber|sondern|jedoch|ohne|bis|bevor|"
    r"mais|sans|tant que|pero|sin|hasta|mas|porém|sem|até|ma|senza|finché|maar|zonder|totdat|men|utan|uten|uden|"
    r"ale|bez|dopóki|но|без|пока|але|поки|ama|fakat)\b|但是|不过|除非|如果没有|ただし|しかし|하지만|다만",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?。！？।؟\n]|$")
_LISTED = re.compile(r"```|^\s*(?:[-*•|]|\d+[.)])\s", re.MULTILINE)

# A prompt that is about declining, or holds what shall be translated, may rightly be answered with these words.
_ABOUT_REFUSING = re.compile(
    r"\b(?:refus|declin|reject|turn\w* down|apolog|excus|say\w* no\b|says? sorry|translat|rephras|rewrit|paraphras|"
    r"ablehn|absag|entschuldig|übersetz|umformulier|déclin|tradui|reformul|rechaz|negarse|disculp|traduc|traduz|"
    r"recus|desculp|rifiut|scus|tradu|weiger|afwijz|vertaal|avböj|översätt|avslå|overset|odmów|przetłumacz|"
    r"odmít|přelož|отказ|извин|перевед|перевод|відмов|переклад|reddet|çevir|terjemah|menolak|từ chối|dịch)|"
    r"拒|道歉|翻译|翻譯|婉|断る|断り|謝|訳|거절|사과|번역|رفض|اعتذ|ترجم|अनुवाद|अस्वीकार|मना कर",
    re.IGNORECASE,
)  # fmt: skip


def is_refusal(text: str, asked: str = "") -> bool:
    """Say whether a response refuses and does nothing else.

    It begins with "I cannot help with that" in one of about thirty languages, an apology before it or not, in its own
    voice; what follows is short, lists nothing and holds no figure. What may also be an answer is no refusal: one
    that names a limit ("but", "until"), and any answer to a prompt about declining, apologising or translating.

    Knows form, not reason: a refusal that is right is found as well.

    Args:
        text: The response.
        asked: What was asked.
    """
    text = text.strip()
    found = _REFUSAL.match(text) if len(text) <= _LONGEST else None
    if found is None:
        return False
    end = _SENTENCE_END.search(text, found.end())
    at = end.end() if end else len(text)
    rest = text[at:]
    if len(rest) > _REST or _LISTED.search(rest) or any(c.isdecimal() for c in rest):
        return False
    return not _BUT.search(text, found.end(), at) and not is_about_refusing(asked)


def is_about_refusing(asked: str) -> bool:
    """Say whether words of refusal may be what a prompt asks for."""
    return _ABOUT_REFUSING.search(asked) is not None or any(
        _REFUSAL.match(part.strip(" \"'“”„«»「」")) for part in _PARTS.split(asked)
    )


_PARTS = re.compile(r"[\n:：\"“”„«»「」]+")
