package opencode.nexus.web.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.deser.std.StringDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Refuses texts with half a character in them: JSON allows them, but no UTF-8 can carry them any further. */
final class WellFormedText extends SimpleModule {
    private static final long serialVersionUID = 1;

    WellFormedText() {
        super("well-formed-text");
        addDeserializer(String.class, new Deserializer());
    }

    private static final class Deserializer extends StdScalarDeserializer<String> {
        private static final long serialVersionUID = 1;

        Deserializer() {
            super(String.class);
        }

        @Override
        public @Nullable String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            String text = StringDeserializer.instance.deserialize(parser, context);
            if (text != null && !isWellFormed(text)) {
                throw context.weirdStringException("", String.class, "half a surrogate pair");
            }
            return text;
        }
    }

    private static boolean isWellFormed(String text) {
        for (int index = 0; index < text.length(); index++) {
            char unit = text.charAt(index);
            if (!Character.isSurrogate(unit)) {
                continue;
            }
            index++;
            if (Character.isLowSurrogate(unit)
                    || index == text.length()
                    || !Character.isLowSurrogate(text.charAt(index))) {
                return false;
            }
        }
        return true;
    }
}
