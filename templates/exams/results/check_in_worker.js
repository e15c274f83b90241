{% extends "exams/tickets/door-worker.js" %}{% load static %}
{% block kept %}{{ kept }}{% endblock %}
{% block files %}  "{% url 'check_in:sessions' %}",
  "{% static 'css/tokens.css' %}",
  "{% static 'css/door.css' %}",
  "{% static 'css/check-in.css' %}",
  "{% static 'img/mark.svg' %}",
  "{% static 'js/check-in.js' %}",
  "{% static 'js/check-in-sessions.js' %}",
  "{% get_static_prefix %}js/check-in-store.js",
{% endblock %}
