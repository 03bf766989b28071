package opencode.nexus.chat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.Writer;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Session;

/** {@code {"session":…,"messages":[…]}}, in the words of the HTTP API. */
final class JsonExport implements Export.Format {
    private final ObjectMapper json = ChatJson.mapper().disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE);
    private final JsonGenerator out;

    JsonExport(Writer out) throws IOException {
        this.out = json.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    }

    @Override
    public void begin(Session session) throws IOException {
        out.writeStartObject();
        out.writePOJOField("session", session);
        out.writeArrayFieldStart("messages");
    }

    @Override
    public void message(Message message) throws IOException {
        json.writeValue(out, message);
    }

    @Override
    public void end() throws IOException {
        out.writeEndArray();
        out.writeEndObject();
        out.close();
    }
}
