/** A question of the assistant to the person. */
import * as React from 'react';
import type { InputRequest } from '../../core/state';
import { useView } from '../context';
import { Icon } from '../icons';
import { plainProse } from '../text/hidden';

/** The question with a field for the answer. Its words may be a model's, so it stands in the conversation, as text. */
export const QuestionCard = React.memo(function QuestionCard({ request }: { request: InputRequest }) {
  const { chat, focusComposer } = useView();
  const [text, setText] = React.useState('');
  const [sent, setSent] = React.useState(false);
  const submit = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    if (sent || text.trim() === '') return;
    setSent(true);
    await chat.reply(request, text);
    // Where the reply failed the card is still here and the notice says why; it may be sent again.
    setSent(false);
    focusComposer();
  };
  return (
    <form className="ja-QuestionCard" onSubmit={(event) => void submit(event)}>
      <p className="ja-QuestionCard-title">
        <Icon name="question" size={16} />
        The assistant asks
      </p>
      <label>
        <span className="ja-QuestionCard-words">{plainProse(request.exact.title)}</span>
        <input
          className="ja-Field"
          value={text}
          disabled={sent}
          placeholder="Your answer"
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <button type="submit" className="ja-Button" disabled={sent || text.trim() === ''}>
        {sent ? 'Sending…' : 'Answer'}
      </button>
    </form>
  );
});
