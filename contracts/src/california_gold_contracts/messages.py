"""Texts of the OpenAPI document, which is in Russian."""

JOB = "Задание анализа. Поля в порядке ответа API."
JOB_NUMBER = "Номер задания: принимается в путях наравне с UUID"
JOB_PROGRESS = "Проценты текущей попытки анализа"
SIZE_IN_BYTES = "Размер в байтах"
JOB_FAILURE = "Почему нет результата, если анализ завершился ошибкой"
DAMAGED_ARCHIVE = "Архив повреждён: не удалось прочитать оглавление"
