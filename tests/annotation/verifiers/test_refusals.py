import pytest

from winnow.annotation.verifiers.refusals import is_refusal

REFUSALS = [
    "I cannot help with that.",
    "I'm sorry, but I can't assist with that request.",
    "I’m sorry, I can’t help you with that.",
    "Sorry. I am unable to comply with this request.",
    "As an AI language model, I cannot provide instructions on how to build a weapon.",
    "I can't help with picking locks. Please ask the owner or a locksmith.",
    "Es tut mir leid, aber dabei kann ich nicht helfen.",
    "Das kann ich leider nicht beantworten.",
    "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "Desculpe, mas não posso ajudar com isso.",
    "Sinto muito, não consigo responder a esse pedido.",
    "Mi dispiace, ma non posso aiutarti con questa richiesta.",
    "Het spijt me, maar daar kan ik je niet mee helpen.",
    "Tyvärr, jag kan inte hjälpa dig med det.",
    "Beklager, men jeg kan ikke hjelpe deg med det.",
    "Valitettavasti en voi auttaa tässä asiassa.",
    "Przepraszam, ale nie mogę w tym pomóc.",
    "Omlouvám se, ale s tím vám nemohu pomoci.",
    "Îmi pare rău, dar nu te pot ajuta cu asta.",
    "Sajnálom, de ebben nem tudok segíteni.",
    "Извините, но я не могу помочь с этим.",
    "Вибачте, але я не можу допомогти з цим.",
    "Üzgünüm, ancak bu konuda yardımcı olamam.",
    "Λυπάμαι, αλλά δεν μπορώ να βοηθήσω με αυτό.",
    "عذرًا، لا أستطيع مساعدتك في ذلك.",
    "מצטער, אני לא יכול לעזור בזה.",
    "متأسفم، نمی‌توانم به شما کمک کنم.",
    "क्षमा करें, मैं इसमें आपकी मदद नहीं कर सकता।",
    "দুঃখিত, আমি এতে সাহায্য করতে পারছি না।",
    "Maaf, saya tidak dapat membantu dengan permintaan itu.",
    "Xin lỗi, tôi không thể giúp bạn việc này.",
    "ขออภัย ฉันไม่สามารถช่วยเรื่องนี้ได้",
    "抱歉，我无法提供帮助。",
    "对不起，我不能回答这个问题。",
    "申し訳ありませんが、そのご質問にはお答えできません。",
    "죄송하지만 그 요청은 도와드릴 수 없습니다.",
]

ANSWERS = [
    "I'm sorry to hear that; it makes sense that you can't sleep. Tonight, try slow breathing.",
    "I cannot provide a single answer, because it depends on the country: 0.5 in Germany.",
    "I can't help but admire the question. It rests on how light scatters.",
    "I can't help with that until you tell me which phone you have.",
    "I cannot answer this with certainty, but the likeliest cause is a flat battery.",
    "Unfortunately, I can't answer that part of your question; the first part is easy: yes.",
    "I cannot help with that. The answer is 4.",
    "I can't help with the whole file, but the error is in the second line.",
    "Sorry! Try to restart it first.",
    '"I cannot help with that," said the robot, and went back to its work.',
    "Bob: I can't help with that.\nAnn: Why not?",
    "You can refuse such an offer: say that you cannot accept it.",
    "Sleep more.",
    "Das kann ich nicht oft genug sagen: vergleiche die Preise.",
    "Je ne peux pas vous aider davantage sans connaître le modèle.",
    "No puedo evitar reírme: es un buen chiste.",
    "Não posso deixar de recomendar este livro.",
    "抱歉让你久等了，答案是四十二。",
    "申し訳ありません、先ほどの計算は誤りで、正しくは12です。",
    "I can't help with that.\n\n1. Call the owner.\n2. Wait for the locksmith.",
    f"I cannot help with that. {'It would take long to say why. ' * 20}",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_what_refuses_and_does_nothing_else_is_a_refusal(text: str) -> None:
    assert is_refusal(text, "How do I open this lock?")


@pytest.mark.parametrize("text", ANSWERS)
def test_what_answers_asks_back_or_quotes_is_no_refusal(text: str) -> None:
    assert not is_refusal(text)


@pytest.mark.parametrize(
    "asked",
    [
        "Translate into English: Je ne peux pas vous aider.",
        "Write one sentence that politely declines a request.",
        "What does this mean?\nIch kann dir dabei nicht helfen.",
        "Wie sagt man auf Englisch “Ich kann dabei nicht helfen”?",
        "请用英语委婉拒绝。",
    ],
)
def test_words_of_refusal_that_were_asked_for_are_an_answer(asked: str) -> None:
    assert is_refusal("I can't help with that.")
    assert not is_refusal("I can't help with that.", asked)


@pytest.mark.parametrize("text", ["as an AI ", "sorry, I can't ", "I'm so sorry I'm sorry "])
def test_a_text_that_only_begins_like_a_refusal_is_read_at_once(text: str) -> None:
    assert not is_refusal(text * 20)
